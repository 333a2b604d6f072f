// phases_section.js: workloads that have phases (a server's day: load, idle, spike, idle): what each
// allocator held over time, and what it still held when the last idle phase ended.
"use strict";

// Returns [{name, looks}] of a row under an allocator: medians over its runs, look by look; or null.
function memoryOverPhases(row, allocator) {
  const runs = row.phases.filter((run) => run.allocator === allocator);
  if (runs.length === 0) return null;
  return runs[0].phases.map(({name, rss_over_time: looks}, phase) => ({
    name,
    looks: looks.map((_, look) =>
      medianOf(runs.map((run) => run.phases[phase].rss_over_time[look])),
    ),
  }));
}

function phasesFigures(id, comparison, colors) {
  return comparison.rows
    .filter((row) => row.phases?.length > 0)
    .flatMap((row) =>
      phasesOfRow(`${id}-phases-${text.identifier(row.name)}`, row, comparison, colors),
    );
}

function phasesOfRow(id, row, comparison, colors) {
  const measured = comparison.allocators
    .map(({name}) => ({name, phases: memoryOverPhases(row, name)}))
    .filter(({phases}) => phases);
  const lastIdle = measured[0].phases.findLastIndex((phase) => phase.name === "idle");
  return [
    chartFigure({
      id,
      title: `${row.name}: memory over time`,
      note:
        "Resident memory, looked at eight times in each phase; medians over runs. " +
        "After a spike it should become what it was before.",
      description: "What is held at the end of each phase stands in the table below.",
      views: {memory: (width) => phasesSpec(measured, colors, width)},
    }),
    phasesTable(`${id}-table`, row, comparison, measured, lastIdle),
  ];
}

function phasesTable(id, row, comparison, measured, lastIdle) {
  const endOf = ({looks}) => looks.at(-1);
  const base = measured.find(({name}) => name === comparison.base);
  const baseEnd = base && lastIdle >= 0 ? endOf(base.phases[lastIdle]) : null;
  const rows = measured.map(({name, phases}) => {
    const end = lastIdle >= 0 ? endOf(phases[lastIdle]) : null;
    return [
      {content: allocatorName(name, comparison.own), sort: name},
      ...phases.map((phase) => ({text: text.bytes(endOf(phase)), sort: endOf(phase)})),
      end != null && baseEnd > 0
        ? {text: text.ratio(end / baseEnd), sort: end / baseEnd}
        : {text: text.missing, sort: null},
    ];
  });
  return sortableTable({
    id,
    caption: `${row.name}: resident memory at the end of each phase`,
    columns: [
      {title: "Allocator"},
      ...measured[0].phases.map(({name}, index) => ({
        title: index === lastIdle ? `${name} (last)` : name,
        numeric: true,
      })),
      {title: `Last idle / ${comparison.base}`, numeric: true, note: "ratio of the medians"},
    ],
    rows,
  });
}

// Returns the specification of memory over the phases, which are drawn equally long.
function phasesSpec(measured, colors, width) {
  const names = measured.map(({name}) => name);
  const rows = measured.flatMap(({name, phases}) =>
    phases.flatMap((phase, index) =>
      phase.looks.map((bytes, look) => ({
        name,
        phase: index + (look + 1) / phase.looks.length,
        value: bytes / 2 ** 20,
        label: text.bytes(bytes),
      })),
    ),
  );
  const starts = measured[0].phases.map(({name}, index) => ({start: index, words: name}));
  const x = {
    field: "phase",
    type: "quantitative",
    scale: {domain: [0, starts.length], nice: false},
    axis: null,
  };
  const spec = linesOverTimeSpec({
    rows,
    names,
    colors,
    x,
    y: "RSS, MiB",
    least: 1 / 16,
    labelOf: (end) => `${end.name}  ${end.label}`,
    width,
  });
  const phaseX = {...x, field: "start"};
  spec.layer.unshift(
    {
      name: "phases",
      data: {values: starts},
      mark: {type: "rule", strokeDash: [2, 3], opacity: 0.5},
      encoding: {x: phaseX},
    },
    {
      name: "phase_names",
      data: {values: starts},
      mark: {type: "text", align: "left", baseline: "top", dx: 4, color: styleValue("--faint")},
      encoding: {x: phaseX, y: {value: 0}, text: {field: "words"}},
    },
  );
  return spec;
}
