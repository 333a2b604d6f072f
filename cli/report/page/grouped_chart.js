// grouped_chart.js: groups of horizontal bars or points, one per allocator, each with its figure
// printed at the right: ratios by row, latencies by percentile, instructions by call.
"use strict";

const groupedLayout = {step: 17, figureWidth: 104, spacing: 22, namePadding: 6};

// Returns the room for names beside the bars: as much as they need, at most a third of the width.
function roomForNames(names, width) {
  const longest = Math.max(...names.map(labelWidth));
  return Math.min(width / 3, Math.ceil(longest) + 2 * groupedLayout.namePadding);
}

// Returns the specification. `rows`: {group, name, value, low, high, label, note, best, bestNote}, of
// which all but group, name and label may be null. `x`: {title, encoding} of the value. `mark`: bar,
// from `baseline` if there is one, or point. `best`: what `best` of a row is called.
function groupedSpec({rows, groups, names, colors, x, baseline, best, mark, width}) {
  const {step, figureWidth, spacing, namePadding} = groupedLayout;
  const nameWidth = roomForNames(names, width);
  const inner = Math.max(80, width - nameWidth - figureWidth - 8);
  const y = {
    field: "name",
    type: "nominal",
    sort: names,
    axis: {
      title: null,
      ticks: false,
      domain: false,
      minExtent: nameWidth,
      maxExtent: nameWidth,
      labelLimit: nameWidth - namePadding,
      labelPadding: namePadding,
    },
  };
  const color = {field: "name", type: "nominal", scale: colors.scale(names), legend: null};
  const tooltip = [
    {field: "group", title: " "},
    {field: "name", title: "allocator"},
    {field: "label", title: x.title ?? "figure"},
    ...(rows.some((row) => row.note) ? [{field: "note"}] : []),
  ];
  const known = [{filter: "isValid(datum.value)"}];
  const layer = [];
  if (baseline != null) {
    // Once in a group.
    layer.push({
      transform: [{filter: `datum.name === ${JSON.stringify(names[0])}`}],
      mark: {type: "rule", strokeWidth: 1.5, opacity: 0.7},
      encoding: {x: {datum: baseline}},
    });
  }
  if (mark === "bar") {
    const encoding = {x: x.encoding, y, color, tooltip};
    if (baseline != null) encoding.x2 = {datum: baseline};
    layer.push({
      name: "figures",
      transform: known,
      mark: {type: "bar", height: step - 6, cornerRadius: 1.5},
      encoding,
    });
  } else {
    layer.push({
      name: "figures",
      transform: known,
      mark: {type: "point", filled: true, size: 80, opacity: 1},
      encoding: {x: x.encoding, y, color, tooltip},
    });
  }
  if (rows.some((row) => row.low != null)) {
    layer.push({
      name: "intervals",
      transform: [{filter: "isValid(datum.low)"}],
      mark: {type: "rule", strokeWidth: 1.5},
      encoding: {x: {...x.encoding, field: "low"}, x2: {field: "high"}, y},
    });
  }
  if (best) {
    layer.push({
      name: "best",
      transform: [{filter: "isValid(datum.best)"}],
      mark: {type: "rule", strokeDash: [4, 3], strokeWidth: 1.5},
      encoding: {x: {...x.encoding, field: "best"}, tooltip: {field: "bestNote", title: best}},
    });
  }
  layer.push({
    name: "printed",
    mark: {type: "text", align: "right", baseline: "middle"},
    encoding: {
      x: {value: inner + figureWidth},
      y,
      text: {field: "label"},
    },
  });
  return {
    data: {values: rows},
    padding: {left: 0, right: 0, top: 4, bottom: 4},
    facet: {
      row: {
        field: "group",
        type: "nominal",
        sort: groups,
        header: {
          title: null,
          labelOrient: "top",
          labelAnchor: "start",
          labelPadding: 3,
          labelLimit: inner + figureWidth,
        },
      },
    },
    spacing,
    spec: {width: inner, height: {step}, layer},
  };
}
