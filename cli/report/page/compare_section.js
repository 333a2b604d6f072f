// compare_section.js: a comparison: who wins, by row and on the whole, and every figure in tables.
"use strict";

function compareSection(id, document, colors) {
  const comparison = new Comparison(document);
  return [
    ...compareNotices(comparison),
    standingsTable(id, comparison),
    ...againstBestFigures(id, comparison),
    speedAgainstMemoryFigure(id, comparison, colors),
    ...comparison.figures.map((figure) => ratioTable(id, comparison, figure)),
    allRatiosFigure(id, comparison, colors),
    ...phasesFigures(id, comparison, colors),
    ...failureTable(id, comparison.rows),
  ];
}

function compareNotices({document, rows, allocators}) {
  const notices = [];
  if (document.interrupted) notices.push(notice("Interrupted: what is here was measured before."));
  const incomplete = rows.filter((row) => row.complete === false).map((row) => row.name);
  if (incomplete.length > 0) {
    notices.push(notice(`Not all rounds were measured of ${text.list(incomplete)}.`));
  }
  if (document.failures > 0) {
    notices.push(
      notice(
        badge("FAILED"),
        ` ${text.plural(document.failures, "run")} failed; a row that `,
        "failed under an allocator has no figure there, and its means are missing.",
      ),
    );
  }
  if (allocators.length < 2)
    notices.push(notice("One allocator alone: there is nothing to compare."));
  return notices;
}

// The best of a column is marked.
function standingsTable(id, comparison) {
  const shown = comparison.figures.filter((figure) => figure.mean);
  const columns = [
    {title: "Allocator"},
    ...shown.flatMap((figure) => [
      {
        title: figure.title,
        numeric: true,
        note: `geometric mean of ratios to ${comparison.base}; less is better`,
      },
      {
        title: "Best in",
        numeric: true,
        note: `rows in which its ${figure.title.toLowerCase()} is the lowest`,
      },
    ]),
    {title: "Build id"},
  ];
  const least = (figure) =>
    Math.min(...comparison.allocators.map((a) => a[figure.mean] ?? Infinity));
  const rows = comparison.allocators.map((allocator) => [
    {content: allocatorName(allocator.name, comparison.own), sort: allocator.name},
    ...shown.flatMap((figure) => {
      const mean = allocator[figure.mean];
      const wins = comparison.wins(allocator.name, figure);
      return [
        {text: text.ratio(mean), sort: mean ?? null, class: mean === least(figure) ? "best" : null},
        {text: String(wins), sort: wins},
      ];
    }),
    {
      content: element(
        "code",
        {title: allocator.path},
        (allocator.build_id || text.missing).slice(0, 12),
      ),
      sort: allocator.build_id || null,
    },
  ]);
  return sortableTable({
    id: `${id}-standings`,
    caption:
      `Geometric means over ${text.plural(comparison.rows.length, "row")}, relative to ` +
      `${comparison.base}; less is better`,
    columns,
    rows,
  });
}

function allocatorName(name, own) {
  return name === own ? element("strong", {class: "own"}, name) : name;
}

function againstBestFigures(id, comparison) {
  if (!comparison.own || comparison.allocators.length < 2) return [];
  const against = comparison.against;
  if (against.every((entry) => !entry.ratio)) {
    return [
      notice(
        `Too few rounds to hold ${comparison.own} against the best other allocator, which is chosen on `,
        "odd rounds and measured on even ones: at least 6.",
      ),
    ];
  }
  return [
    chartFigure({
      id: `${id}-against-best`,
      title: `${comparison.own} against the best other allocator, row by row`,
      note:
        "The line at 1 is the best other allocator, chosen on odd rounds and measured on even ones. " +
        "Left of it is faster; thin lines are intervals, pale bars are undecided.",
      description:
        `Ratios of the time of ${comparison.own} to that of the best other allocator: ` +
        against
          .map((e) => `${e.name} ${e.ratio ? text.ratio(e.ratio.median) : e.state}`)
          .join(", "),
      views: {time: (width) => againstBestSpec(against, width)},
    }),
    againstBestTable(id, comparison, against),
  ];
}

function againstBestTable(id, comparison, against) {
  const columns = [
    {title: "Row"},
    {title: "Ratio", numeric: true},
    {title: "Low", numeric: true},
    {title: "High", numeric: true},
    {title: "Coverage", numeric: true, note: "share of such intervals that hold the true median"},
    {title: "Rounds", numeric: true},
    {title: "Best other"},
    {title: "Says"},
  ];
  const rows = against.map(({name, ratio, state}) => [
    name,
    {text: text.ratio(ratio?.median), sort: ratio?.median ?? null},
    {text: text.ratio(ratio?.low), sort: ratio?.low ?? null},
    {text: text.ratio(ratio?.high), sort: ratio?.high ?? null},
    {text: text.share(ratio?.coverage), sort: ratio?.coverage ?? null},
    {text: text.figure(ratio?.rounds), sort: ratio?.rounds ?? null},
    ratio?.peer ?? "",
    {content: badge(state), sort: state},
  ]);
  return sortableTable({
    id: `${id}-against-best-table`,
    caption: `${comparison.own} against the best other allocator`,
    columns,
    rows,
  });
}

// Colors a cell by how far its ratio is from 1; none within 2 %.
function shade(ratio) {
  const distance = Math.abs(Math.log2(ratio));
  if (distance < 0.03) return null;
  const level = distance < 0.15 ? 1 : distance < 0.4 ? 2 : 3;
  return ratio < 1 ? `less-${level}` : `more-${level}`;
}

function ratioTable(id, comparison, figure) {
  const hasThreads = comparison.rows.some((row) => row.threads != null);
  const hasAbsolute =
    figure.absolute &&
    comparison.rows.some((row) => comparison.cell(row, comparison.base)?.[figure.absolute] != null);
  const columns = [
    {title: "Row"},
    ...(hasThreads ? [{title: "Threads", numeric: true}] : []),
    ...comparison.allocators.map(({name}) => ({title: name, numeric: true})),
    ...(hasAbsolute
      ? [{title: `${comparison.base} itself`, numeric: true, note: "median, for orientation only"}]
      : []),
  ];
  // Where every allocator failed there is no figure at all, but still a row.
  const rows = comparison.rows
    .filter(
      (row) =>
        row.cells.some((cell) => cell[figure.ratio]) ||
        row.cells.every((cell) => cell.failures > 0),
    )
    .map((row) => {
      const absolute = comparison.cell(row, comparison.base)?.[figure.absolute];
      return [
        {text: row.name, title: row.command?.join(" ")},
        ...(hasThreads ? [{text: text.figure(row.threads), sort: row.threads ?? null}] : []),
        ...comparison.allocators.map(({name}) => ratioCell(comparison.cell(row, name), figure)),
        ...(hasAbsolute ? [{text: figure.print(absolute), sort: absolute ?? null}] : []),
      ];
    });
  const mean = figure.mean &&
    rows.length > 1 && [
      "geometric mean",
      ...(hasThreads ? [""] : []),
      ...comparison.allocators.map((allocator) => text.ratio(allocator[figure.mean])),
      ...(hasAbsolute ? [""] : []),
    ];
  return sortableTable({
    id: `${id}-${text.identifier(figure.ratio)}`,
    caption:
      `${figure.title}: median of same-round ratios to ${comparison.base}, ± half of the interval ` +
      `(${text.marks}); less is better`,
    columns,
    rows,
    footer: mean ? [mean] : null,
  });
}

function ratioCell(cell, figure) {
  if (!cell) return {text: text.missing, sort: null};
  if (cell.failures > 0) {
    return {
      content: badge("FAILED"),
      sort: null,
      title: `${cell.failure ?? ""} (${text.plural(cell.failures, "run")})`,
    };
  }
  const ratio = cell[figure.ratio];
  const interval = text.interval(ratio, isResolved(cell, figure));
  return {
    content: element(
      "span",
      {},
      text.ratio(ratio?.median),
      interval ? element("small", {}, ` ${interval}`) : null,
    ),
    sort: ratio?.median ?? null,
    class: ratio ? shade(ratio.median) : null,
    title: ratio
      ? `${text.ratio(ratio.low)} to ${text.ratio(ratio.high)} over ${text.plural(ratio.rounds, "round")}, coverage ${text.share(ratio.coverage)}`
      : null,
  };
}

function speedAgainstMemoryFigure(id, comparison, colors) {
  const absent = comparison.allocators.filter(
    (a) => a.cost_mean == null || a.peak_rss_mean == null,
  );
  const note =
    "Lower left is better." +
    (absent.length > 0
      ? ` Without ${text.list(absent.map((a) => a.name))}: a row failed or is missing.`
      : "");
  return chartFigure({
    id: `${id}-speed-memory`,
    title: "Speed against memory",
    note,
    description:
      "Geometric means of time and of peak RSS: " +
      comparison.allocators
        .map((a) => `${a.name} ${text.ratio(a.cost_mean)} and ${text.ratio(a.peak_rss_mean)}`)
        .join(", "),
    views: {
      means: (width) => speedAgainstMemorySpec(comparison, colors, false, width),
      "every row": (width) => speedAgainstMemorySpec(comparison, colors, true, width),
    },
  });
}

// Many bars are unfolded only on demand.
function allRatiosFigure(id, comparison, colors) {
  const views = Object.fromEntries(
    comparison.figures.map((figure) => [
      figure.title,
      (width) => allRatiosSpec(comparison, figure, colors, width),
    ]),
  );
  if (Object.keys(views).length === 0) return notice("No row has a figure.");
  const bars = comparison.rows.length * comparison.allocators.length;
  return element(
    "details",
    {open: bars <= 160 ? "" : null},
    element("summary", {}, "Every allocator in every row"),
    chartFigure({
      id: `${id}-all-ratios`,
      note:
        `Ratios to ${comparison.base}, which is 1; the dashed line is the best ` +
        `${comparison.own ? `but ${comparison.own}` : "of all"}, thin lines are intervals: ` +
        `${text.intervals}.`,
      description: "The figures stand in the tables above, one table for each view.",
      views,
    }),
  );
}

// `rows`: with the samples of each; those that did not fail are not in the page.
function failureTable(id, rows) {
  const failed = rows.flatMap((row) =>
    row.samples.map((sample) => [
      row.name,
      sample.allocator,
      {text: String(sample.round), sort: sample.round},
      {content: badge("FAILED", sample.verdict), sort: sample.verdict},
      sample.detail ?? "",
    ]),
  );
  if (failed.length === 0) return [];
  return [
    sortableTable({
      id: `${id}-failures`,
      caption: "Runs that failed",
      columns: [
        {title: "Row"},
        {title: "Allocator"},
        {title: "Round", numeric: true},
        {title: "Verdict"},
        {title: "Detail"},
      ],
      rows: failed,
    }),
  ];
}
