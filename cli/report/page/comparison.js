// comparison.js: what can be said of a `compare` or `ab` document beyond what stands in it.
"use strict";

// The figures that rows have, in the order of showing.
const figures = [
  {
    title: "Time",
    ratio: "cost_ratio",
    mean: "cost_mean",
    absolute: "median_cost",
    print: text.seconds,
  },
  {title: "Net time", ratio: "net_cost_ratio", mean: null, absolute: null, print: text.seconds},
  {
    title: "Peak RSS",
    ratio: "peak_rss_ratio",
    mean: "peak_rss_mean",
    absolute: "median_peak_rss_bytes",
    print: text.bytes,
  },
  {
    title: "RSS after",
    ratio: "after_rss_ratio",
    mean: "after_rss_mean",
    absolute: "median_after_rss_bytes",
    print: text.bytes,
  },
  {
    title: "Net peak RSS",
    ratio: "net_peak_rss_ratio",
    mean: null,
    absolute: null,
    print: text.bytes,
  },
  {
    title: "Net RSS after",
    ratio: "net_after_rss_ratio",
    mean: null,
    absolute: null,
    print: text.bytes,
  },
];

class Comparison {
  constructor(document) {
    this.document = document;
    this.allocators = document.allocators;
    this.rows = document.rows;
    this.base = document.base;
    this.own = document.own ?? null;
  }

  // Returns the figures that at least one row has.
  get figures() {
    return figures.filter((figure) =>
      this.rows.some((row) => row.cells.some((cell) => cell[figure.ratio])),
    );
  }

  cell(row, name) {
    return row.cells.find((cell) => cell.allocator === name);
  }

  // Returns {name, ratio} of the best allocator of a row but the own one, or null. For time it is
  // the one that the document's own rule chose, if it did.
  bestPeer(row, figure) {
    const peers = row.cells.filter(
      (cell) => cell.allocator !== this.own && cell.failures === 0 && cell[figure.ratio],
    );
    if (peers.length === 0) return null;
    const chosen =
      figure.ratio === "cost_ratio" &&
      peers.find((cell) => cell.allocator === row.against_best?.peer);
    const best =
      chosen || peers.reduce((a, b) => (b[figure.ratio].median < a[figure.ratio].median ? b : a));
    return {name: best.allocator, ratio: best[figure.ratio]};
  }

  // Returns the own allocator against the best other, row by row: {name, ratio, state, remark}.
  get against() {
    return this.rows.map((row) => {
      const failed = this.cell(row, this.own)?.failures > 0;
      const ratio = failed ? null : (row.against_best ?? null);
      const state = failed ? "FAILED" : stateOf(ratio);
      const remark = ["better", "worse", "even", "FAILED"].includes(state) ? "" : state;
      return {name: row.name, ratio, state, remark};
    });
  }

  // Returns how many rows an allocator has the lowest median of, ties included.
  wins(name, figure) {
    return this.rows.filter((row) => {
      const known = row.cells.filter((cell) => cell.failures === 0 && cell[figure.ratio]);
      const own = known.find((cell) => cell.allocator === name);
      return own && known.every((cell) => own[figure.ratio].median <= cell[figure.ratio].median);
    }).length;
  }
}

// Returns whether a ratio of the cell is certain enough to count; documents say so of time.
function isResolved(cell, figure) {
  return figure.ratio !== "cost_ratio" || cell.resolved !== false;
}

// Returns what a ratio to the best other allocator says.
function stateOf(ratio) {
  if (!ratio || ratio.median == null) return "too few rounds";
  if (ratio.below_resolution) return "below resolution";
  if (!ratio.decided) return "undecided";
  if (ratio.high < 1) return "better";
  return ratio.low > 1 ? "worse" : "even";
}
