// table.js: tables that sort when a head is clicked, or on Enter; sorting itself is the library's.
"use strict";

// Returns a table. `columns`: {title, note, numeric}. `rows`, and `footer` which is never sorted:
// lists of cells, {text or content, sort, class, title}, or text alone. The first cell heads its
// row. Cells without `sort` sort by their text; those whose `sort` is null stand last.
function sortableTable({id, caption, columns, rows, footer}) {
  const cellOf = (cell, index) => {
    const {content, sort, title, ...rest} =
      typeof cell === "object" && cell !== null ? cell : {text: cell};
    const kind = [columns[index].numeric ? "number" : "", rest.class ?? ""].join(" ").trim();
    const sortValue = sort === undefined ? rest.text : (sort ?? "");
    return element(
      "td",
      {class: kind || null, title, "data-sort": sortValue},
      content ?? rest.text ?? "",
    );
  };
  const lineOf = (cells) => element("tr", {}, cells.map(cellOf));
  const heads = columns.map((column) =>
    element(
      "th",
      {
        scope: "col",
        class: column.numeric ? "number" : null,
        title: column.note,
      },
      column.title,
    ),
  );
  const table = element(
    "table",
    {class: "sortable n-last asc", id, "aria-labelledby": `${id}-caption`},
    element("thead", {class: "asc"}, element("tr", {}, heads)),
    element("tbody", {}, rows.map(lineOf)),
    footer ? element("tfoot", {}, footer.map(lineOf)) : null,
  );
  enhanceSortableAccessibility([table.tHead]);
  // The caption stays where it is when a wide table is moved sideways.
  return element(
    "div",
    {},
    element("p", {class: "caption", id: `${id}-caption`}, caption),
    element(
      "div",
      {class: "scroll", tabindex: "0", role: "region", "aria-labelledby": `${id}-caption`},
      table,
    ),
  );
}

// Lines up what several allocators have under the same key: [{key, items}], an item or undefined for
// each allocator, keys in the order in which they first occur.
function alignedByKey(allocators, listOf, keyOf) {
  const keys = [...new Set(allocators.flatMap((allocator) => listOf(allocator).map(keyOf)))];
  return keys.map((key) => ({
    key,
    items: allocators.map((allocator) => listOf(allocator).find((item) => keyOf(item) === key)),
  }));
}
