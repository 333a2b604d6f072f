// dom.js: makes elements. What results say is only ever text, never markup.
"use strict";

// Returns a new element. `attributes`: by name; null leaves one out. `children`: elements or text.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value != null) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child != null));
  return made;
}

// Returns a badge: a word that marks a state; its color is that of the class.
function badge(state, words = state) {
  return element("span", {class: `badge ${text.identifier(state)}`}, words);
}

// Returns what is to be noticed before the figures are read.
function notice(...children) {
  return element("p", {class: "notice", role: "note"}, ...children);
}

// Returns a list of names and values.
function definitions(pairs) {
  const known = pairs.filter(([, value]) => value != null && value !== "");
  return element(
    "dl",
    {},
    known.map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}
