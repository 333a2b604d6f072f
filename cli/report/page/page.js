// page.js: the page of the results that stand in it: a summary, a section for each, the machine.
"use strict";

const kinds = {
  compare: {title: "Comparison", show: compareSection},
  ab: {title: "A/B comparison", show: abSection},
  soak: {title: "Soak", show: soakSection},
  counts: {title: "Exact counts", show: countsSection},
  health: {title: "Health", show: healthSection},
};

const results = JSON.parse(document.getElementById("results").textContent);

// Returns what a file is called in the page: its name without folders, if no other has that. A
// result.json is named with its folder.
function titleOf(file) {
  const nameOf = (path) =>
    path
      .split("/")
      .slice(path.endsWith("/result.json") ? -2 : -1)
      .join("/");
  const sharers = results.filter((result) => nameOf(result.file) === nameOf(file));
  return sharers.length > 1 ? file : nameOf(file);
}

// Returns one sentence on what a result says.
function headline({document: result}) {
  if (result.kind === "compare") return compareHeadline(new Comparison(result));
  if (result.kind === "ab") return `${result.decision}: ${result.reason}.`;
  if (result.kind === "soak") {
    const parts = result.allocators.map((allocator) => {
      const checks = allocator.checks ?? [];
      const named = (list) => text.list(list.map((check) => check.name));
      const missed = checks.filter((check) => saysOfCheck(check) === "not met");
      const open = checks.filter((check) => !check.met && !missed.includes(check));
      const words = [
        missed.length > 0 ? `misses ${named(missed)}` : null,
        open.length > 0 ? `leaves open ${named(open)}` : null,
      ].filter(Boolean);
      if (words.length > 0) return `${allocator.name} ${words.join(" and ")}`;
      return `${allocator.name} ${allocator.passed ? "meets all checks" : "has no checks"}`;
    });
    return `${parts.join("; ")}.`;
  }
  if (result.kind === "counts") {
    return `Instructions of ${text.list(result.allocators.map((allocator) => allocator.name))}.`;
  }
  const failed = result.checks.filter((check) => !check.passed).length;
  return failed === 0 ? "Every check passed." : `${text.plural(failed, "check")} failed.`;
}

function compareHeadline(comparison) {
  const sentences = [];
  for (const figure of comparison.figures.filter((f) => f.mean)) {
    const known = comparison.allocators
      .filter((a) => a[figure.mean] != null)
      .toSorted((a, b) => a[figure.mean] - b[figure.mean]);
    if (known.length < 2) continue;
    const told = (index) => `${known[index].name} ${text.ratio(known[index][figure.mean])}`;
    const own = known.findIndex((a) => a.name === comparison.own);
    const place =
      own > 0 ? `${told(own)} in place ${own + 1} of ${known.length}` : `then ${told(1)}`;
    sentences.push(`${figure.title}: ${told(0)}, ${place}.`);
  }
  const unknown = comparison.allocators.filter((a) => a.cost_mean == null).map((a) => a.name);
  if (sentences.length > 0 && unknown.length > 0) {
    sentences.push(`A row failed or is missing under ${text.list(unknown)}: no mean.`);
  }
  if (comparison.own) {
    const states = comparison.against.map((entry) => entry.state);
    const parts = [...new Set(states)].map(
      (state) => `${state} in ${states.filter((s) => s === state).length}`,
    );
    sentences.push(`${comparison.own} against the best other, by row: ${text.list(parts)}.`);
  }
  return sentences.join(" ");
}

function machineDetails(result) {
  const machine = result.machine ?? {};
  const settings = Object.entries(result.settings ?? {}).map(([name, value]) => [
    name,
    JSON.stringify(value),
  ]);
  return element(
    "details",
    {class: "about"},
    element("summary", {}, "Machine, parameters and allocators"),
    definitions([
      [
        "processor",
        machine.processor &&
          `${machine.processor}, ${text.plural(machine.cores, "core")}, ${machine.architecture}`,
      ],
      ["memory", text.bytes(machine.memory_bytes)],
      ["kernel", [machine.system, machine.kernel].filter(Boolean).join(" ")],
      ["huge pages", machine.huge_pages],
      ["libc", machine.libc],
      ["compiler", machine.compiler],
      ["hakmem", result.hakmem],
      ...settings,
      ...(result.allocators ?? []).map((a) => [
        a.name,
        [a.path, a.build_id && `(${a.build_id})`].filter(Boolean).join(" "),
      ]),
    ]),
  );
}

function resultSection(result, index, colors) {
  const {file, document: contents} = result;
  const id = `result-${index + 1}`;
  const kind = kinds[contents.kind];
  const section = element(
    "section",
    {id, "aria-labelledby": `${id}-head`},
    element("h2", {id: `${id}-head`}, `${kind.title}: ${titleOf(file)}`),
    element(
      "p",
      {class: "when"},
      `Started ${contents.started?.replace("T", " ").replace("Z", " UTC") ?? "at an unknown time"}`,
    ),
  );
  section.append(...kind.show(id, contents, colors), machineDetails(contents));
  return section;
}

function summarySection() {
  const machines = new Set(results.map(({document: result}) => JSON.stringify(result.machine)));
  return element(
    "section",
    {id: "summary", "aria-labelledby": "summary-head"},
    element("h2", {id: "summary-head"}, "Summary"),
    machines.size > 1
      ? notice(
          "The results are of different machines or builds; ratios of one are not those of another.",
        )
      : null,
    element(
      "ul",
      {class: "headlines"},
      results.map((result, index) =>
        element(
          "li",
          {},
          element("a", {href: `#result-${index + 1}`}, titleOf(result.file)),
          " ",
          headline(result),
        ),
      ),
    ),
  );
}

function showPage() {
  const names = results.flatMap(({document: result}) =>
    (result.allocators ?? []).map((a) => a.name),
  );
  const own = new Set(results.map(({document: result}) => result.own).filter(Boolean));
  if (own.size === 0 && names.includes("hakmem")) own.add("hakmem");
  const colors = new Colors(names, own);
  document
    .getElementById("contents")
    .append(
      ...results.map(({file}, index) =>
        element("a", {href: `#result-${index + 1}`, title: file}, titleOf(file)),
      ),
    );
  document
    .getElementById("main")
    .append(
      summarySection(),
      ...results.map((result, index) => resultSection(result, index, colors)),
    );
  document
    .getElementById("footer")
    .append(
      `hakmem ${results[0]?.document.hakmem ?? ""}: ratios are medians of same-round ratios; ${text.intervals}; below 1 is better.`,
    );
}

showPage();
