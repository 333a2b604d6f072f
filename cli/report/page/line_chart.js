// line_chart.js: lines over time, one for each allocator, with words at the end of each.
"use strict";

// Returns the specification. `rows`: {name, value, and x's field}, by rising time; `x`: the encoding
// of time; `y`: what the values are; `least`: the height that is shown if all are small; `labelOf`:
// the words at the end of a line, by its last row.
function linesOverTimeSpec({rows, names, colors, x, y, least, labelOf, width}) {
  const left = 56;
  const right = 150;
  const inner = Math.max(80, width - left - right - 8);
  const height = 260;
  const top = 1.08 * Math.max(least, highest(rows.map((row) => row.value)));
  const ends = names.map((name) => rows.findLast((row) => row.name === name)).filter(Boolean);
  const heights = spread(
    ends.map((end) => height * (1 - end.value / top)),
    15,
    6,
    height - 6,
  );
  const color = {field: "name", type: "nominal", scale: colors.scale(names), legend: null};
  return {
    padding: {left: 0, right: 0, top: 6, bottom: 4},
    width: inner,
    height,
    layer: [
      {
        name: "figures",
        data: {values: rows},
        mark: {type: "line", strokeWidth: 2, interpolate: "step-after"},
        encoding: {
          x,
          y: {
            field: "value",
            type: "quantitative",
            scale: {domain: [0, top], nice: false},
            axis: {title: y, tickCount: 6, minExtent: left - 20, maxExtent: left - 20},
          },
          color,
        },
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
