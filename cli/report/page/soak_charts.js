// soak_charts.js: the charts of a soak: throughput and memory over time, and how long calls take.
"use strict";

const percentiles = {
  p50: "50 %",
  p90: "90 %",
  p99: "99 %",
  p99_9: "99.9 %",
  p99_99: "99.99 %",
  max: "all",
};

const minutesAxis = {
  field: "minute",
  type: "quantitative",
  axis: {title: "minutes since the start", tickCount: 8, labelOverlap: true, grid: false},
};

function epochsOf(allocator, slice) {
  return (allocator.epochs ?? []).filter((epoch) => epoch.slice === slice && epoch.seconds > 0);
}

function medianOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Returns the median of the values around each one, `reach` to either side.
function rollingMedian(values, reach) {
  return values.map((_, index) =>
    medianOf(values.slice(Math.max(0, index - reach), index + reach + 1)),
  );
}

// Returns the rates of a slice's epochs, each relative to their median.
function relativeRates(allocator, slice) {
  const epochs = epochsOf(allocator, slice);
  const rates = epochs.map((epoch) => epoch.operations / epoch.seconds);
  const median = medianOf(rates);
  const smooth = rollingMedian(rates, 15);
  return epochs.map((epoch, index) => ({
    name: allocator.name,
    minute: epoch.start / 60,
    value: rates[index] / median,
    smooth: smooth[index] / median,
    label: text.rate(rates[index]),
  }));
}

// Epochs below this part of the median are marked.
const slowEpoch = 0.95;

// Returns the specification of throughput over time, a panel for each allocator, relative to its
// own median; behind it the same accesses without allocation.
function throughputSpec(soak, colors, width) {
  const names = soak.allocators.map((allocator) => allocator.name);
  const rows = soak.allocators.flatMap((allocator) => relativeRates(allocator, "subject"));
  const floor = soak.allocators.flatMap((allocator) => relativeRates(allocator, "floor"));
  const headings = new Map(
    soak.allocators.map((allocator) => {
      const {throughput_median: median, throughput_cv: cv} = allocator.summary ?? {};
      return [allocator.name, `${allocator.name}: ${text.rate(median)}, CV ${text.percent(cv)}`];
    }),
  );
  const left = 48;
  const inner = width - left - 12;
  const low = Math.min(slowEpoch - 0.01, lowest([...rows, ...floor].map((row) => row.value)));
  const high = Math.max(1.03, highest([...rows, ...floor].map((row) => row.value)));
  const y = (field) => ({
    field,
    type: "quantitative",
    scale: {domain: [low, high], nice: false, zero: false},
    axis: {title: null, tickCount: 4, format: ".0%", minExtent: left, maxExtent: left},
  });
  const color = {field: "name", type: "nominal", scale: colors.scale(names), legend: null};
  // One set of data for all layers: facets divide what the whole chart has.
  const values = [
    ...rows.map((row) => ({...row, part: "subject", heading: headings.get(row.name)})),
    ...floor.map((row) => ({...row, part: "floor", heading: headings.get(row.name)})),
  ];
  const of = (part) => [{filter: `datum.part === '${part}'`}];
  return {
    data: {values},
    padding: {left: 0, right: 0, top: 4, bottom: 4},
    facet: {
      row: {
        field: "heading",
        type: "nominal",
        sort: [...headings.values()],
        header: {title: null, labelOrient: "top", labelAnchor: "start", labelPadding: 3},
      },
    },
    spacing: 16,
    spec: {
      width: inner,
      height: 74,
      layer: [
        {
          transform: [{aggregate: [{op: "count", as: "epochs"}]}],
          mark: {type: "rule", strokeDash: [4, 3], opacity: 0.6},
          encoding: {y: {datum: slowEpoch}},
        },
        {
          name: "floor",
          transform: of("floor"),
          mark: {type: "line", strokeWidth: 1, opacity: 0.35, color: styleValue("--faint")},
          encoding: {x: minutesAxis, y: y("value")},
        },
        {
          name: "epochs",
          transform: of("subject"),
          mark: {type: "line", strokeWidth: 0.8, opacity: 0.45},
          encoding: {x: minutesAxis, y: y("value"), color},
        },
        {
          name: "figures",
          transform: of("subject"),
          mark: {type: "line", strokeWidth: 2},
          encoding: {x: minutesAxis, y: y("smooth"), color},
        },
        {
          name: "slow",
          transform: [{filter: `datum.part === 'subject' && datum.value < ${slowEpoch}`}],
          mark: {type: "point", filled: true, size: 26, opacity: 0.9, color: styleValue("--worse")},
          encoding: {
            x: minutesAxis,
            y: y("value"),
            tooltip: [
              {field: "minute", format: ".2f"},
              {field: "label", title: "throughput"},
            ],
          },
        },
      ],
    },
  };
}

// Returns the specification of a figure of each epoch over time, with words at each line's end.
function epochsOverTimeSpec(soak, colors, width, {valueOf, axis, least, labelOf}) {
  return linesOverTimeSpec({
    rows: soak.allocators.flatMap((allocator) =>
      epochsOf(allocator, "subject").map((epoch) => ({
        name: allocator.name,
        minute: epoch.start / 60,
        value: valueOf(epoch),
      })),
    ),
    names: soak.allocators.map((allocator) => allocator.name),
    colors,
    x: minutesAxis,
    y: axis,
    least,
    labelOf: ({name}) =>
      `${name}  ${labelOf(soak.allocators.find((allocator) => allocator.name === name))}`,
    width,
  });
}

function memorySpec(soak, colors, width) {
  return epochsOverTimeSpec(soak, colors, width, {
    valueOf: (epoch) => epoch.rss_bytes / 2 ** 20,
    axis: "RSS, MiB",
    least: 1 / 16,
    labelOf: (allocator) => text.bytes(epochsOf(allocator, "subject").at(-1).rss_bytes),
  });
}

function faultsSpec(soak, colors, width) {
  return epochsOverTimeSpec(soak, colors, width, {
    valueOf: (epoch) => (epoch.minor_faults + epoch.major_faults) / epoch.seconds,
    axis: "page faults per second",
    least: 1,
    labelOf: (allocator) => `${text.figure(allocator.summary?.minor_faults_per_second)} /s`,
  });
}

function latencyOf(allocator, call) {
  return allocator.latency?.find((latency) => latency.call === call);
}

// Returns the specification of one call's latency at each percentile under each allocator.
function percentileSpec(soak, call, colors, width) {
  const measured = soak.allocators.filter((allocator) => latencyOf(allocator, call));
  const rows = Object.entries(percentiles).flatMap(([key, share]) =>
    measured.map((allocator) => {
      const value = latencyOf(allocator, call).percentiles[key];
      return {
        group: `${share} of the calls take at most`,
        name: allocator.name,
        value: Math.max(1, value),
        label: text.nanoseconds(value),
      };
    }),
  );
  const title = `${call}, ns (logarithmic)`;
  return groupedSpec({
    rows,
    groups: Object.values(percentiles).map((share) => `${share} of the calls take at most`),
    names: measured.map((allocator) => allocator.name),
    colors,
    x: {
      title: call,
      encoding: {
        field: "value",
        type: "quantitative",
        scale: {type: "log", nice: true},
        axis: {title, tickCount: 5, format: "~s", labelOverlap: true},
      },
    },
    mark: "point",
    width,
  });
}

// Returns how large a part of the calls takes longer than each bin's upper end.
function tailOf(latency) {
  const total = latency.bins.reduce((sum, bin) => sum + bin.count, 0);
  let slower = total;
  const tail = [{ns: Math.max(1, latency.bins[0]?.low_ns ?? 1), part: 1}];
  for (const bin of latency.bins) {
    slower -= bin.count;
    if (slower > 0) tail.push({ns: Math.max(1, bin.high_ns), part: slower / total});
  }
  return tail;
}

// Returns the specification of how rare slow calls are.
function tailSpec(soak, call, colors, width) {
  const measured = soak.allocators.filter(
    (allocator) => latencyOf(allocator, call)?.bins?.length > 0,
  );
  const names = measured.map((allocator) => allocator.name);
  const rows = measured.flatMap((allocator) =>
    tailOf(latencyOf(allocator, call)).map((point) => ({name: allocator.name, ...point})),
  );
  const least = Math.min(0.1, ...rows.map((row) => row.part));
  const slowest = ({name}) =>
    latencyOf(
      measured.find((allocator) => allocator.name === name),
      call,
    ).percentiles.max;
  return labelledLinesSpec({
    rows,
    names,
    colors,
    x: {
      field: "ns",
      type: "quantitative",
      scale: {type: "log"},
      axis: {
        title: `${call}, ns (logarithmic)`,
        tickCount: 6,
        format: "~s",
        labelOverlap: true,
      },
    },
    y: {
      field: "part",
      type: "quantitative",
      scale: {type: "log", domain: [least, 1], nice: false},
      axis: {
        title: "part of the calls that is slower",
        format: ".0e",
        labelExpr: "datum.value === 1 ? '1' : datum.label",
      },
    },
    placeOf: (row) => Math.log(row.part) / Math.log(least),
    labelOf: (end) => `${end.name}  max ${text.nanoseconds(slowest(end))}`,
    width,
  });
}
