// ab_section.js: an A/B comparison: what the gate decided, and each row under each link order.
"use strict";

const abFigures = {
  Time: "cost_ratio",
  "Peak RSS": "peak_rss_ratio",
  "RSS after": "after_rss_ratio",
};

const decisionStates = {GO: "better", "NO-GO": "worse", NEUTRAL: "even", none: "undecided"};

function abSection(id, ab) {
  const orders = (ab.links ?? []).map((link) => ({
    name: `${link.order}, ${link.decision ? "decision" : "screening"}`,
    verdict: link.decision ?? link.screening,
    rows: [...(link.screening_rows ?? []), ...(link.rows ?? [])],
  }));
  // What was interrupted in screening has rows and no verdict.
  const judged = orders.filter((order) => order.verdict != null);
  return [
    ab.interrupted ? notice("Interrupted: nothing is decided.") : null,
    element("p", {}, badge(decisionStates[ab.decision] ?? "even", ab.decision), ` ${ab.reason}`),
    judged.length > 0 ? abFigure(id, judged) : null,
    judged.length > 0 ? abTable(id, judged) : null,
    ...failureTable(
      id,
      orders.flatMap((order) => order.rows),
    ),
    gateDetails(ab.gate ?? {}),
  ].filter(Boolean);
}

// One color for each link order: they are what bars of a row differ in.
function abFigure(id, orders) {
  const names = orders.map((order) => order.name);
  const colors = new Colors(names, new Set([names[0]]));
  const specOf = (title, member) => (width) => {
    const rows = orders.flatMap(({name, verdict}) =>
      verdict.rows.map((row) => {
        const ratio = row[member] ?? null;
        const spans = text.uncertainty(ratio) != null;
        return {
          group: `${row.name} (${row.role})`,
          name,
          value: ratio?.median ?? null,
          low: spans ? ratio.low : null,
          high: spans ? ratio.high : null,
          label: text.ratioWithInterval(ratio),
        };
      }),
    );
    const ends = rows.flatMap((row) => [row.value, row.low, row.high]).filter((end) => end != null);
    const axisTitle = `${title}, treat relative to base (logarithmic)`;
    return groupedSpec({
      rows,
      groups: [...new Set(rows.map((row) => row.group))],
      names,
      colors,
      x: {
        title: axisTitle,
        encoding: ratioEncoding("value", axisTitle, ratioAxis(ends, width < narrowWidth ? 4 : 9)),
      },
      baseline: 1,
      mark: "bar",
      width,
    });
  };
  return chartFigure({
    id: `${id}-ab`,
    title: "treat relative to base, row by row",
    note:
      "The line at 1 is base; left of it treat is better. Thin lines are intervals: " +
      `${text.intervals}.`,
    description: `The figures stand in the table below. Link orders: ${text.list(names)}.`,
    views: Object.fromEntries(
      Object.entries(abFigures).map(([title, member]) => [title, specOf(title, member)]),
    ),
  });
}

function abTable(id, orders) {
  const columns = [
    {title: "Row"},
    {title: "Role"},
    {title: "Link order"},
    ...Object.keys(abFigures).map((title) => ({title, numeric: true})),
  ];
  const ratioOf = (ratio) => ({text: text.ratioWithInterval(ratio), sort: ratio?.median ?? null});
  const rows = orders.flatMap(({name, verdict}) =>
    verdict.rows.map((row) => [
      row.name,
      row.role,
      name,
      ...Object.values(abFigures).map((member) => ratioOf(row[member])),
    ]),
  );
  const footer = orders.map(({name, verdict}) => [
    "geometric mean of the targets",
    "",
    `${name}: ${verdict.decision}, ${verdict.reason}`,
    text.ratioWithInterval(verdict.target_cost_ratio),
    text.ratioWithInterval(verdict.target_peak_rss_ratio),
    "",
  ]);
  return sortableTable({
    id: `${id}-rows`,
    caption: "treat relative to base",
    columns,
    rows,
    footer,
  });
}

// The rule as it was written before anything was measured.
function gateDetails(gate) {
  const shown = Object.entries(gate).filter(([name]) => name !== "schema");
  return element(
    "details",
    {class: "about", open: ""},
    element("summary", {}, "The gate"),
    definitions(
      shown.map(([name, value]) => [
        name.replaceAll("_", " "),
        Array.isArray(value) ? value.join(", ") : String(value),
      ]),
    ),
  );
}
