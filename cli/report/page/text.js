// text.js: figures as the page prints them, in charts and in tables alike.
"use strict";

const text = {
  missing: "–",

  // Resampling one or two values says nothing about their spread.
  fewestRoundsForInterval: 3,

  ratio(value) {
    return value == null ? text.missing : value.toFixed(3);
  },

  // Half of the width of a ratio's interval; null where it says nothing.
  uncertainty(ratio) {
    const known = ratio && ratio.rounds >= text.fewestRoundsForInterval;
    return known ? (ratio.high - ratio.low) / 2 : null;
  },

  // "±0.003", marked where the interval holds the true median in fewer than 95 % of cases, or where
  // the ratio is too uncertain to count; "" where an interval says nothing.
  interval(ratio, resolved = true) {
    const uncertainty = text.uncertainty(ratio);
    if (uncertainty == null) return "";
    const mark = !resolved ? "?" : text.hasLowCoverage(ratio) ? "~" : "";
    return `±${uncertainty.toFixed(3)}${mark}`;
  },

  hasLowCoverage(ratio) {
    return ratio?.coverage != null && ratio.coverage < 0.95;
  },

  ratioWithInterval(ratio, resolved = true) {
    if (!ratio) return text.missing;
    return [text.ratio(ratio.median), text.interval(ratio, resolved)].filter(Boolean).join(" ");
  },

  // What intervals are, and what their marks mean.
  intervals:
    "intervals hold the true median in 95 % of cases; ~ marks those of too few rounds for that, " +
    "? what is undecided",
  marks: "~ of too few rounds, ? undecided",

  bytes(value) {
    if (value == null) return text.missing;
    if (value < 2 ** 10) return `${value} B`;
    if (value < 2 ** 20) return `${(value / 2 ** 10).toFixed(0)} KiB`;
    if (value < 10 * 2 ** 30) return `${(value / 2 ** 20).toFixed(1)} MiB`;
    return `${(value / 2 ** 30).toFixed(1)} GiB`;
  },

  seconds(value) {
    if (value == null) return text.missing;
    return value >= 1 ? `${value.toFixed(2)} s` : text.nanoseconds(value * 1e9);
  },

  nanoseconds(value) {
    if (value == null) return text.missing;
    if (value < 1e3) return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ns`;
    if (value < 1e6) return `${(value / 1e3).toPrecision(3)} µs`;
    if (value < 1e9) return `${(value / 1e6).toPrecision(3)} ms`;
    return `${(value / 1e9).toPrecision(3)} s`;
  },

  rate(value) {
    if (value == null) return text.missing;
    if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M/s`;
    if (value >= 1e3) return `${(value / 1e3).toFixed(1)} k/s`;
    return `${value.toFixed(1)} /s`;
  },

  percent(value) {
    return value == null ? text.missing : `${(value * 100).toFixed(2)} %`;
  },

  // Of intervals that hold what they are meant to.
  share(value) {
    return value == null ? text.missing : `${(value * 100).toFixed(1)} %`;
  },

  instructions(value) {
    if (value == null) return text.missing;
    return Number.isInteger(value) ? String(value) : value.toFixed(1);
  },

  // What hardly ever happens, per operation.
  rare(value) {
    if (value == null) return text.missing;
    return value === 0 ? "0" : value.toExponential(1);
  },

  figure(value) {
    if (value == null) return text.missing;
    if (typeof value !== "number") return String(value);
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  },

  plural(count, word) {
    return `${count} ${word}${count === 1 ? "" : "s"}`;
  },

  // "a", "a and b", "a, b and c".
  list(words) {
    if (words.length < 2) return words.join("");
    return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
  },

  // What a row or an allocator may be called inside an element's id.
  identifier(name) {
    return name.replace(/[^A-Za-z0-9_-]+/g, "-");
  },
};
