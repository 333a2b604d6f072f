// counts_section.js: exact counts: instructions of a call, and of an operation of a workload.
"use strict";

function countsSection(id, counts, colors) {
  const hasWorkloads = counts.allocators.some((allocator) => allocator.workloads?.length > 0);
  return [
    counts.interrupted ? notice("Interrupted: what is here was counted before.") : null,
    ...countsOfCalls(id, counts, colors),
    ...(hasWorkloads ? countsOfWorkloads(id, counts, colors) : []),
  ].filter(Boolean);
}

function countSpec(lines, names, valueOf, title, colors, width) {
  const rows = lines.flatMap(({key, items}) =>
    items.map((item, index) => ({
      group: key,
      name: names[index],
      value: item ? (valueOf(item) ?? null) : null,
      label: item?.failure ? "FAILED" : text.instructions(item && valueOf(item)),
      note: item?.failure,
    })),
  );
  return groupedSpec({
    rows,
    groups: lines.map(({key}) => key),
    names,
    colors,
    x: {
      title,
      encoding: {
        field: "value",
        type: "quantitative",
        scale: {zero: true},
        axis: {title, tickCount: 6},
      },
    },
    mark: "bar",
    width,
  });
}

// Returns the calls of an allocator that make a pair: malloc and free of as many bytes, the blocks
// freed in reverse order, or in that of their allocation (`fifo_instructions`).
function pairsOf(allocator, member) {
  const find = (name, bytes) =>
    allocator.calls.find((call) => call.call === name && call.bytes === bytes);
  return allocator.calls
    .filter((call) => call.call === "malloc")
    .flatMap(({bytes}) => {
      const [malloc, free] = [find("malloc", bytes), find("free", bytes)];
      if (!free) return [];
      const known = malloc[member] != null && free[member] != null;
      return [
        {
          bytes,
          instructions: known ? malloc[member] + free[member] : null,
          failure: malloc.failure ?? free.failure,
        },
      ];
    });
}

// Returns a view for the pairs and one for each kind of call.
function callViews(allocators, colors) {
  const names = allocators.map((allocator) => allocator.name);
  const viewOf = (listOf) => {
    const lines = alignedByKey(allocators, listOf, (call) => text.bytes(call.bytes));
    return (width) =>
      countSpec(lines, names, (call) => call.instructions, "instructions", colors, width);
  };
  const kinds = [...new Set(allocators.flatMap((a) => a.calls.map((call) => call.call)))];
  const views = {};
  const pairs = {
    "malloc + free": "instructions",
    "malloc + free, first in first out": "fifo_instructions",
  };
  for (const [title, member] of Object.entries(pairs)) {
    const known = allocators.some((a) => pairsOf(a, member).some((pair) => pair.instructions));
    if (known) views[title] = viewOf((a) => pairsOf(a, member));
  }
  for (const kind of kinds)
    views[kind] = viewOf((a) => a.calls.filter((call) => call.call === kind));
  return views;
}

function countsOfCalls(id, counts, colors) {
  const lines = alignedByKey(
    counts.allocators,
    (a) => a.calls,
    (call) => `${call.call} ${text.bytes(call.bytes)}`,
  );
  return [
    chartFigure({
      id: `${id}-calls`,
      title: "Instructions per call",
      description: "The figures stand in the table below.",
      views: callViews(counts.allocators, colors),
    }),
    countTable({
      id: `${id}-calls-table`,
      caption: "Instructions per call",
      head: "Call",
      lines,
      counts,
      valueOf: (call) => call.instructions,
    }),
  ];
}

function countsOfWorkloads(id, counts, colors) {
  const names = counts.allocators.map((allocator) => allocator.name);
  const lines = alignedByKey(
    counts.allocators,
    (a) => a.workloads ?? [],
    (workload) => workload.name,
  );
  const net = (workload) =>
    workload.floor_instructions_per_operation == null
      ? null
      : workload.instructions_per_operation - workload.floor_instructions_per_operation;
  const all = (workload) => workload.instructions_per_operation;
  const views = {
    all: (width) => countSpec(lines, names, all, "instructions per operation", colors, width),
  };
  if (lines.some(({items}) => items.some((item) => item && net(item) != null))) {
    views["less the floor"] = (width) =>
      countSpec(lines, names, net, "instructions per operation, less the floor", colors, width);
  }
  return [
    chartFigure({
      id: `${id}-workloads`,
      title: "Instructions per operation of workloads",
      note: "The floor is the same program without allocation.",
      description: "The figures stand in the tables below.",
      views,
    }),
    countTable({
      id: `${id}-workloads-table`,
      caption: "Instructions per operation",
      head: "Workload",
      lines,
      counts,
      valueOf: all,
    }),
    ...(views["less the floor"]
      ? [
          countTable({
            id: `${id}-workloads-net-table`,
            caption: "Instructions per operation, less the floor",
            head: "Workload",
            lines,
            counts,
            valueOf: net,
          }),
        ]
      : []),
    countTable({
      id: `${id}-system-calls`,
      caption: "System calls per operation",
      head: "Workload",
      lines,
      counts,
      valueOf: (workload) => workload.system_calls_per_operation,
      print: text.rare,
    }),
  ];
}

function countTable({id, caption, head, lines, counts, valueOf, print = text.instructions}) {
  const rows = lines.map(({key, items}) => {
    const least = Math.min(...items.map((item) => (item && valueOf(item)) ?? Infinity));
    return [
      key,
      ...items.map((item) => {
        if (item?.failure) return {content: badge("FAILED"), sort: null, title: item.failure};
        const value = item ? valueOf(item) : null;
        return {
          text: print(value),
          sort: value ?? null,
          class: value != null && value === least ? "best" : null,
        };
      }),
    ];
  });
  return sortableTable({
    id,
    caption,
    columns: [
      {title: head},
      ...counts.allocators.map((allocator) => ({title: allocator.name, numeric: true})),
    ],
    rows,
  });
}
