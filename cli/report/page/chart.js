// chart.js: a chart's place in the page; it is drawn when it can be seen, and again when its width
// or the colors change.
"use strict";

// Narrower than this, names stand above what they name instead of beside it.
const narrowWidth = 620;

const charts = new Map(); // by id

class Chart {
  // `specOf(width)` returns the Vega-Lite specification for so many pixels.
  constructor(id, description, specOf) {
    this.id = id;
    this.description = description;
    this.specOf = specOf;
    this.place = element("div", {class: "drawing"});
    this.width = 0;
    this.view = null;
    this.drawn = Promise.resolve();
    charts.set(id, this);
    new ResizeObserver(() => this.fit()).observe(this.place);
    onThemeChange(() => this.draw());
  }

  fit() {
    const width = Math.floor(this.place.clientWidth);
    if (width === 0 || width === this.width) return;
    this.width = width;
    this.draw();
  }

  // Shows other data.
  show(specOf) {
    this.specOf = specOf;
    this.draw();
  }

  draw() {
    if (this.width === 0) return;
    // One after the other: the last one wins.
    this.drawn = this.drawn.then(async () => {
      const spec = {
        $schema: "https://vega.github.io/schema/vega-lite/v6.json",
        description: this.description,
        ...this.specOf(this.width),
      };
      const embedded = await vegaEmbed(this.place, spec, {
        mode: "vega-lite",
        renderer: "svg",
        config: chartConfig(),
        tooltip: {theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"},
        actions: {export: true, source: false, compiled: false, editor: false},
        downloadFileName: this.id,
      });
      this.view = embedded.view;
    });
  }
}

// Returns a figure with a chart. `id` is unique in the page; there need be no title. `description` is read out in place of
// the chart. `views`: {name: specOf}, of which the reader picks one where there are several.
function chartFigure({id, title, note, description, views}) {
  const names = Object.keys(views);
  const chart = new Chart(id, description ?? title, views[names[0]]);
  const picker =
    names.length < 2
      ? null
      : element(
          "fieldset",
          {class: "picker"},
          element("legend", {}, "Show"),
          names.map((name, index) => {
            const button = element("input", {
              type: "radio",
              name: `${id}-view`,
              id: `${id}-view-${index}`,
              checked: index === 0 ? "" : null,
            });
            button.addEventListener("change", () => chart.show(views[name]));
            return [button, element("label", {for: `${id}-view-${index}`}, name)];
          }),
        );
  return element(
    "figure",
    {class: "chart", id},
    element(
      "figcaption",
      {},
      title ? element("strong", {}, title) : null,
      note ? element("span", {}, note) : null,
    ),
    picker,
    chart.place,
  );
}
