// soak_section.js: a soak: whether the checks are met, and how speed, memory and latency went.
"use strict";

function soakSection(id, soak, colors) {
  const minutes =
    highest([0, ...soak.allocators.map((a) => (a.epochs ?? []).at(-1)?.start ?? 0)]) / 60;
  const calls = ["malloc", "free"].filter((call) =>
    soak.allocators.some((a) => latencyOf(a, call)),
  );
  const summaries = soak.allocators
    .map((a) => `${a.name} ${text.rate(a.summary?.throughput_median)}`)
    .join(", ");
  const ends = soak.allocators
    .map((a) => `${a.name} ${text.bytes(epochsOf(a, "subject").at(-1)?.rss_bytes)}`)
    .join(", ");
  return [
    soak.interrupted ? notice("Interrupted: what is here was measured before.") : null,
    ...soak.allocators
      .filter((a) => a.verdict != null && a.verdict !== "ok")
      .map((a) => notice(badge("FAILED"), ` ${a.name}: ${a.verdict}: ${a.detail ?? ""}`)),
    ...soak.allocators
      .filter((a) => a.system_calls_not_counted)
      .map((a) => notice(`${a.name}: system calls not counted: ${a.system_calls_not_counted}`)),
    element(
      "p",
      {},
      `${soak.workload.name}, ${minutes.toFixed(minutes < 10 ? 1 : 0)} minutes: `,
      element("code", {}, workloadText(soak.workload)),
    ),
    soakSummaryTable(id, soak),
    soakChecksTable(id, soak),
    chartFigure({
      id: `${id}-throughput`,
      title: "Throughput over time",
      note:
        "Per second, relative to the allocator's own median; the strong line is the median of half a minute, " +
        "gray is the same program without allocation. Seconds below 95 % are marked.",
      description: `Median throughput: ${summaries}`,
      views: {throughput: (width) => throughputSpec(soak, colors, width)},
    }),
    chartFigure({
      id: `${id}-memory`,
      title: "Memory over time",
      note: "Resident memory at the end of each second.",
      description: `Resident memory at the end: ${ends}`,
      views: {memory: (width) => memorySpec(soak, colors, width)},
    }),
    chartFigure({
      id: `${id}-faults`,
      title: "Page faults over time",
      note: "Minor and major ones of each second; at the end of a line the mean of minor ones after the warm-up.",
      description: "The figures stand in the summary above.",
      views: {faults: (width) => faultsSpec(soak, colors, width)},
    }),
    ...calls.map((call) =>
      chartFigure({
        id: `${id}-latency-${call}`,
        title: `How long ${call} takes`,
        note: "The cost of reading the clock is subtracted.",
        description: "The figures stand in the table of latencies below.",
        views: {
          percentiles: (width) => percentileSpec(soak, call, colors, width),
          tail: (width) => tailSpec(soak, call, colors, width),
        },
      }),
    ),
    calls.length > 0 ? latencyTable(id, soak, calls) : null,
  ].filter(Boolean);
}

// Returns how a soak's workload was called: by a command, or by parameters as words or by name.
function workloadText({command, parameters}) {
  if (command) return command.join(" ");
  if (Array.isArray(parameters)) return parameters.join(" ");
  return Object.entries(parameters ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

// The median has a column of its own.
const epochPercentiles = {
  p10: "90 % reach",
  p1: "99 % reach",
  p0_1: "99.9 % reach",
  min: "All reach",
};

function soakSummaryTable(id, soak) {
  const columns = [
    {title: "Allocator"},
    {title: "Passed"},
    {title: "Throughput", numeric: true, note: "median"},
    {
      title: "CV",
      numeric: true,
      note: "standard deviation of the throughput of seconds, relative to its mean",
    },
    {title: "CV of the floor", numeric: true, note: "the same without allocation"},
    {title: "Drift per hour", numeric: true, note: "of throughput, relative to the median"},
    {title: "RSS drift per hour", numeric: true, note: "relative to the median"},
    ...Object.entries(epochPercentiles).map(([, title]) => ({
      title,
      numeric: true,
      note: "the throughput that so many of the seconds reach",
    })),
    {title: "Slowest 0.1 %", numeric: true, note: "of seconds, relative to the median"},
    {title: "Minor faults per second", numeric: true},
    {title: "Major faults", numeric: true},
    {title: "System calls per operation", numeric: true},
  ];
  const rows = soak.allocators.map((allocator) => {
    const summary = allocator.summary ?? {};
    const cell = (value, print) => ({text: print(value), sort: value ?? null});
    return [
      {content: allocatorName(allocator.name, soak.own), sort: allocator.name},
      allocator.passed == null
        ? {text: text.missing, sort: null}
        : {content: badge(allocator.passed ? "met" : "not met"), sort: String(allocator.passed)},
      cell(summary.throughput_median, text.rate),
      cell(summary.throughput_cv, text.percent),
      cell(summary.floor_cv, text.percent),
      cell(summary.throughput_drift, text.percent),
      cell(summary.rss_drift, text.percent),
      ...Object.keys(epochPercentiles).map((key) =>
        cell(summary.epoch_percentiles?.[key], text.rate),
      ),
      cell(summary.slow_epochs, text.ratio),
      cell(summary.minor_faults_per_second, text.figure),
      cell(summary.major_faults, text.figure),
      cell(allocator.system_calls_per_operation, text.rare),
    ];
  });
  return sortableTable({id: `${id}-summary`, caption: "Summary by allocator", columns, rows});
}

function saysOfCheck(check) {
  return check.says ?? (check.met ? "met" : "not met");
}

function soakChecksTable(id, soak) {
  const lines = alignedByKey(
    soak.allocators,
    (a) => a.checks ?? [],
    (check) => check.name,
  );
  if (lines.length === 0) return null;
  const rows = lines.map(({key, items}) => {
    // Of throughput it depends on what the floor allows.
    const bounds = [...new Set(items.filter(Boolean).map((check) => check.bound))];
    return [
      key,
      {text: bounds.map(text.figure).join(" / "), sort: bounds[0] ?? null},
      ...items.map((check) =>
        !check
          ? {text: text.missing, sort: null}
          : {
              content: badge(
                saysOfCheck(check),
                `${check.figure == null ? "" : text.figure(check.figure)} ${saysOfCheck(check)}`,
              ),
              sort: check.figure ?? null,
            },
      ),
    ];
  });
  return sortableTable({
    id: `${id}-checks`,
    caption: "Checks",
    columns: [
      {title: "Check"},
      {title: "Bound", numeric: true},
      ...soak.allocators.map((allocator) => ({title: allocator.name, numeric: true})),
    ],
    rows,
  });
}

function latencyTable(id, soak, calls) {
  const rows = calls.flatMap((call) =>
    soak.allocators
      .filter((a) => latencyOf(a, call))
      .map((allocator) => {
        const latency = latencyOf(allocator, call);
        return [
          call,
          {content: allocatorName(allocator.name, soak.own), sort: allocator.name},
          ...Object.keys(percentiles).map((key) => ({
            text: text.nanoseconds(latency.percentiles[key]),
            sort: latency.percentiles[key] ?? null,
          })),
          {text: String(latency.samples), sort: latency.samples},
          {text: text.nanoseconds(latency.clock_cost_ns), sort: latency.clock_cost_ns ?? null},
        ];
      }),
  );
  return sortableTable({
    id: `${id}-latency`,
    caption: "Latency of calls: so many of them take at most",
    columns: [
      {title: "Call"},
      {title: "Allocator"},
      ...Object.values(percentiles).map((share) => ({title: share, numeric: true})),
      {title: "Samples", numeric: true},
      {title: "Clock", numeric: true, note: "subtracted from every sample"},
    ],
    rows,
  });
}
