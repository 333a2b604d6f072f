// scale.js: axes of ratios and of what spans orders of magnitude; labels that keep their distance.
"use strict";

// Hours of seconds are too many for the arguments of Math.min and Math.max.
function lowest(values) {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function highest(values) {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}

// Ratios that may be marked, the rounder ones first.
const roundRatios = [
  1, 10, 0.1, 100, 0.01, 0.5, 2, 0.2, 5, 0.7, 1.5, 3, 0.3, 20, 50, 0.05, 0.02, 0.8, 1.2, 0.9, 1.1,
  0.6, 0.4, 1.3, 1.4, 1.6, 1.8, 2.5, 4, 7, 0.95, 1.05, 0.85, 1.15, 0.75, 1.25, 0.98, 1.02, 0.96,
  1.04,
];

// Returns {domain, ticks} of a logarithmic axis that holds the values and 1, at most about `most`
// ticks.
function ratioAxis(values, most) {
  const known = [...values.filter((value) => value > 0), 1];
  const domain = [Math.min(...known) / 1.04, Math.max(...known) * 1.04];
  const gap = Math.log(domain[1] / domain[0]) / most;
  const ticks = [];
  for (const ratio of roundRatios) {
    const inside = ratio >= domain[0] && ratio <= domain[1];
    if (inside && ticks.every((tick) => Math.abs(Math.log(tick / ratio)) >= gap)) ticks.push(ratio);
  }
  return {domain, ticks: ticks.sort((a, b) => a - b)};
}

// Returns the encoding of a ratio on a logarithmic axis.
function ratioEncoding(field, title, axis) {
  return {
    field,
    type: "quantitative",
    scale: {type: "log", domain: axis.domain, nice: false},
    axis: {title, values: axis.ticks, grid: true, format: "~r", labelOverlap: true},
  };
}

// Moves positions apart until they are at least `gap` from each other; returns them in the order of
// the arguments. All stay between `low` and `high` where there is room.
function spread(positions, gap, low, high) {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a] - positions[b]);
  const placed = [...positions];
  for (let i = 1; i < order.length; ++i) {
    placed[order[i]] = Math.max(placed[order[i]], placed[order[i - 1]] + gap);
  }
  let limit = high;
  for (const index of order.toReversed()) {
    placed[index] = Math.max(low, Math.min(placed[index], limit));
    limit = placed[index] - gap;
  }
  return placed;
}
