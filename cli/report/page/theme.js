// theme.js: colors, from the style sheet, for light and dark alike; and what all charts share.
"use strict";

// The own allocator stands out; libc is what everybody has.
const accent = "#e2552b";
const gray = "#868e96";
const hues = [
  "#2c7fb8",
  "#2f9e6e",
  "#8e6bd0",
  "#c9951a",
  "#c2559d",
  "#4aa3a2",
  "#7a6a4f",
  "#5c7cfa",
];

// Gives each allocator of all results one color.
class Colors {
  constructor(names, own) {
    this.byName = new Map();
    let next = 0;
    for (const name of names) {
      if (this.byName.has(name)) continue;
      const color = own.has(name) ? accent : name === "libc" ? gray : hues[next++ % hues.length];
      this.byName.set(name, color);
    }
  }

  of(name) {
    return this.byName.get(name) ?? gray;
  }

  // Returns the scale of a chart in which these names occur.
  scale(names) {
    return {domain: names, range: names.map((name) => this.of(name))};
  }
}

function styleValue(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const labelSize = 12;

// Returns how many pixels the label of an axis takes.
function labelWidth(words) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = `${labelSize}px ${styleValue("--font")}`;
  return context.measureText(words).width;
}

// Returns the configuration that Vega-Lite gets for every chart.
function chartConfig() {
  const ink = styleValue("--ink");
  const faint = styleValue("--faint");
  const line = styleValue("--line");
  const font = styleValue("--font");
  return {
    font,
    background: "transparent",
    view: {stroke: null},
    axis: {
      labelColor: faint,
      titleColor: faint,
      gridColor: line,
      domainColor: line,
      tickColor: line,
      labelFontSize: labelSize,
      titleFontSize: 12,
      titleFontWeight: "normal",
      titlePadding: 8,
    },
    axisY: {labelColor: ink},
    header: {labelColor: ink, titleColor: faint, labelFontSize: 12, labelFontWeight: 600},
    legend: {labelColor: ink, titleColor: faint, labelFontSize: 12, symbolSize: 90},
    text: {color: ink, fontSize: 12},
    rule: {color: ink},
  };
}

// Called when the system changes between light and dark.
function onThemeChange(action) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", action);
}
