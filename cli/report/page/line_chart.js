// line_chart.js: lines, one for each allocator, with words at the end of each.
"use strict";

// Returns the specification. `rows`: {name, and the fields of x and y}, each line's from its left
// end to its right; `x`, `y`: their encodings; `placeOf`: how far from the top a row stands, as a
// part of the height; `labelOf`: the words at the end of a line, by its last row.
function labelledLinesSpec({rows, names, colors, x, y, placeOf, labelOf, width}) {
  const left = 60;
  const right = 158;
  const inner = Math.max(80, width - left - right - 8);
  const height = 250;
  const ends = names.map((name) => rows.findLast((row) => row.name === name)).filter(Boolean);
  const heights = spread(
    ends.map((end) => height * placeOf(end)),
    15,
    6,
    height - 6,
  );
  const color = {field: "name", type: "nominal", scale: colors.scale(names), legend: null};
  const axis = {tickCount: 6, minExtent: left - 20, maxExtent: left - 20, ...y.axis};
  return {
    padding: {left: 0, right: 0, top: 6, bottom: 4},
    width: inner,
    height,
    layer: [
      {
        name: "figures",
        data: {values: rows},
        mark: {type: "line", strokeWidth: 2, interpolate: "step-after"},
        encoding: {x, y: {...y, axis}, color},
      },
      {
        name: "printed",
        data: {
          values: ends.map((end, index) => ({
            name: end.name,
            place: heights[index],
            label: labelOf(end),
          })),
        },
        mark: {type: "text", align: "left", baseline: "middle", fontWeight: 600},
        encoding: {
          x: {value: inner + 8},
          y: {field: "place", type: "quantitative", scale: null, axis: null},
          text: {field: "label"},
          color,
        },
      },
    ],
  };
}

// Returns the specification of values over time, from 0. `rows`: {name, value, and x's field};
// `y`: what the values are; `least`: the height that is shown if all are small.
function linesOverTimeSpec({rows, y, least, ...others}) {
  const top = 1.08 * Math.max(least, highest(rows.map((row) => row.value)));
  return labelledLinesSpec({
    ...others,
    rows,
    y: {
      field: "value",
      type: "quantitative",
      scale: {domain: [0, top], nice: false},
      axis: {title: y},
    },
    placeOf: (row) => 1 - row.value / top,
  });
}
