// ratio_charts.js: the charts of a comparison: the own allocator against the best other in each row,
// all allocators in each row, and speed against memory.
"use strict";

// How a row of `against` (comparison.js) is drawn.
const stateStyles = {
  better: {color: "--better", opacity: 1},
  worse: {color: "--worse", opacity: 1},
  even: {color: "--faint", opacity: 0.8},
  undecided: {color: "--faint", opacity: 0.3},
  "below resolution": {color: "--faint", opacity: 0.3},
};

// Returns the specification of bars from 1, the best other allocator, to the own one's ratio.
function againstBestSpec(against, width) {
  const narrow = width < narrowWidth;
  const rows = against.map((entry) => ({
    name: entry.name,
    state: entry.state,
    peer: entry.ratio?.peer ?? null,
    value: entry.ratio?.median ?? null,
    low: entry.ratio?.low ?? null,
    high: entry.ratio?.high ?? null,
    label: entry.ratio ? text.ratioWithInterval(entry.ratio) : entry.state,
    remark: entry.ratio ? [entry.ratio.peer, entry.remark].filter(Boolean).join(", ") : "",
    heading: [entry.name, entry.ratio?.peer, entry.remark].filter(Boolean).join(" · "),
  }));
  const ends = rows.flatMap((row) => (row.value == null ? [] : [row.low, row.high]));
  const axis = ratioAxis(ends, narrow ? 5 : 9);
  const longest = Math.max(...rows.map((row) => row.name.length));
  const nameWidth = narrow ? 4 : Math.min(320, 16 + longest * 7.2);
  const figureWidth = 100;
  const remarkWidth = narrow
    ? 0
    : Math.min(220, 16 + 6.6 * Math.max(...rows.map((row) => row.remark.length)));
  const inner = Math.max(80, width - nameWidth - figureWidth - remarkWidth - 8);
  const states = Object.keys(stateStyles);
  const y = {
    field: "name",
    type: "nominal",
    sort: rows.map((row) => row.name),
    axis: {
      title: null,
      ticks: false,
      domain: false,
      labels: !narrow,
      minExtent: nameWidth,
      maxExtent: nameWidth,
      labelLimit: nameWidth - 10,
      labelPadding: 8,
    },
  };
  const title = narrow
    ? "ratio of time to the best other"
    : "ratio of time to the best other allocator (logarithmic)";
  const x = ratioEncoding("value", title, axis);
  const yOffset = narrow ? 8 : 0;
  const known = [{filter: "isValid(datum.value)"}];
  const tooltip = [
    {field: "name", title: "row"},
    {field: "label", title: "ratio"},
    {field: "peer", title: "best other"},
    {field: "state"},
  ];
  const layer = [
    // The line of the best other; where names stand between the bars it is broken.
    narrow
      ? {
          mark: {
            type: "tick",
            orient: "vertical",
            thickness: 1.5,
            size: 18,
            yOffset,
            color: styleValue("--ink"),
          },
          encoding: {x: {datum: 1}, y},
        }
      : {mark: {type: "rule", strokeWidth: 1.5}, encoding: {x: {datum: 1}}},
    {
      name: "figures",
      transform: known,
      mark: {type: "bar", height: 12, yOffset, cornerRadius: 1.5},
      encoding: {
        x,
        x2: {datum: 1},
        y,
        color: {
          field: "state",
          type: "nominal",
          scale: {domain: states, range: states.map((s) => styleValue(stateStyles[s].color))},
          legend: null,
        },
        opacity: {
          condition: states.map((s) => ({
            test: `datum.state === '${s}'`,
            value: stateStyles[s].opacity,
          })),
          value: 1,
        },
        tooltip,
      },
    },
    {
      name: "intervals",
      transform: known,
      mark: {type: "rule", strokeWidth: 1.5, yOffset},
      encoding: {x: {...x, field: "low"}, x2: {field: "high"}, y},
    },
    {
      name: "printed",
      mark: {type: "text", align: "right", baseline: "middle", yOffset},
      encoding: {x: {value: inner + figureWidth}, y, text: {field: "label"}},
    },
    narrow
      ? {
          name: "headings",
          mark: {type: "text", align: "left", baseline: "middle", yOffset: -8, limit: width - 8},
          encoding: {x: {value: 0}, y, text: {field: "heading"}},
        }
      : {
          name: "remarks",
          mark: {
            type: "text",
            align: "left",
            baseline: "middle",
            color: styleValue("--faint"),
            limit: remarkWidth,
          },
          encoding: {x: {value: inner + figureWidth + 12}, y, text: {field: "remark"}},
        },
  ];
  return {
    data: {values: rows},
    padding: {left: 0, right: 0, top: 4, bottom: 4},
    width: inner,
    height: {step: narrow ? 40 : 24},
    layer,
  };
}

// Returns the specification of every allocator's ratio to the base in every row, with a line at the
// best of the others.
function allRatiosSpec(comparison, figure, colors, width) {
  const names = comparison.allocators.map((allocator) => allocator.name);
  const rows = comparison.rows.flatMap((row) => {
    const best = comparison.bestPeer(row, figure);
    return row.cells.map((cell, index) => {
      const ratio = cell.failures > 0 ? null : cell[figure.ratio];
      const spans = text.uncertainty(ratio) != null;
      return {
        group: row.name,
        name: cell.allocator,
        value: ratio?.median ?? null,
        low: spans ? ratio.low : null,
        high: spans ? ratio.high : null,
        label:
          cell.failures > 0 ? "FAILED" : text.ratioWithInterval(ratio, isResolved(cell, figure)),
        note: cell.failure,
        best: index === 0 && best ? best.ratio.median : null,
        bestNote: best ? `${best.name} ${text.ratio(best.ratio.median)}` : null,
      };
    });
  });
  const values = rows.flatMap((row) =>
    row.value == null ? [] : [row.value, row.low ?? row.value, row.high ?? row.value],
  );
  const title = `${figure.title}, ratio to ${comparison.base} (logarithmic)`;
  return groupedSpec({
    rows,
    groups: comparison.rows.map((row) => row.name),
    names,
    colors,
    x: {
      title,
      encoding: ratioEncoding("value", title, ratioAxis(values, width < narrowWidth ? 4 : 9)),
    },
    baseline: 1,
    best: "best other",
    mark: "bar",
    width,
  });
}

// Returns the specification of allocators by time and memory: their geometric means, or with
// `everyRow` each row as well.
function speedAgainstMemorySpec(comparison, colors, everyRow, width) {
  const means = comparison.allocators
    .filter((a) => a.cost_mean != null && a.peak_rss_mean != null)
    .map((a) => ({
      name: a.name,
      row: "geometric mean",
      cost: a.cost_mean,
      memory: a.peak_rss_mean,
      label: `${a.name}  ${text.ratio(a.cost_mean)} / ${text.ratio(a.peak_rss_mean)}`,
      own: a.name === comparison.own,
    }));
  const points = !everyRow
    ? []
    : comparison.rows.flatMap((row) =>
        row.cells
          .filter((cell) => cell.failures === 0 && cell.cost_ratio && cell.peak_rss_ratio)
          .map((cell) => ({
            name: cell.allocator,
            row: row.name,
            cost: cell.cost_ratio.median,
            memory: cell.peak_rss_ratio.median,
          })),
      );
  const narrow = width < narrowWidth;
  const all = [...means, ...points];
  const x = ratioAxis(
    all.map((p) => p.cost),
    narrow ? 4 : 9,
  );
  const y = ratioAxis(
    all.map((p) => p.memory),
    8,
  );
  // Room for the rightmost label.
  const inner = width - 64 - (narrow ? 8 : 40);
  const height = narrow ? 300 : 400;
  const pixelsOf = (value, [low, high], size) =>
    (Math.log(value / low) / Math.log(high / low)) * size;
  const heights = spread(
    means.map((mean) => height - pixelsOf(mean.memory, y.domain, height)),
    16,
    8,
    height - 8,
  );
  means.forEach((mean, index) => {
    mean.labelY = heights[index];
    mean.left = pixelsOf(mean.cost, x.domain, inner) > inner - 8 - 6.8 * mean.label.length;
  });
  const names = comparison.allocators.map((allocator) => allocator.name);
  const position = {
    x: ratioEncoding("cost", `time, ratio to ${comparison.base}: left is faster`, x),
    y: ratioEncoding("memory", `peak RSS, ratio to ${comparison.base}: lower is leaner`, y),
  };
  const color = {field: "name", type: "nominal", scale: colors.scale(names), legend: null};
  const tooltip = [
    {field: "name", title: "allocator"},
    {field: "row"},
    {field: "cost", title: "time", format: ".3f"},
    {field: "memory", title: "peak RSS", format: ".3f"},
  ];
  const labels = (left) => ({
    name: left ? "printed_left" : "printed_right",
    data: {values: means.filter((mean) => mean.left === left)},
    mark: {
      type: "text",
      align: left ? "right" : "left",
      baseline: "middle",
      dx: left ? -8 : 8,
      dy: -9,
      fontWeight: 600,
    },
    encoding: {
      x: position.x,
      y: {field: "labelY", type: "quantitative", scale: null, axis: null},
      text: {field: "label"},
      color,
    },
  });
  return {
    padding: {left: 0, right: 8, top: 6, bottom: 4},
    width: inner,
    height,
    resolve: {scale: {y: "shared"}},
    layer: [
      {
        data: {values: [{}]},
        mark: {type: "rule", strokeDash: [4, 3], opacity: 0.6},
        encoding: {x: {datum: 1}},
      },
      {
        data: {values: [{}]},
        mark: {type: "rule", strokeDash: [4, 3], opacity: 0.6},
        encoding: {y: {datum: 1}},
      },
      {
        name: "rows",
        data: {values: points},
        mark: {type: "point", filled: true, size: 28, opacity: 0.45},
        encoding: {...position, color, tooltip},
      },
      {
        name: "figures",
        data: {values: means},
        mark: {type: "point", filled: true, size: 170, opacity: 1},
        encoding: {
          ...position,
          color,
          shape: {condition: {test: "datum.own", value: "diamond"}, value: "circle"},
          tooltip,
        },
      },
      labels(false),
      labels(true),
    ],
  };
}
