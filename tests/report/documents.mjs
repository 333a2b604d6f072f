// documents.mjs: result documents by docs/results.md, made up but plausible, and the same on every
// run: what a report shows of them can be known.
import {writeFileSync} from "node:fs";
import {join} from "node:path";

const schema = "hakmem-result/2";

// What a page must not take for markup.
export const evil = `</script><img src=x onerror="document.title='caught'"><!--<script>`;

// Returns a function that draws from 0 to 1, evenly; mulberry32.
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Returns a draw around 0 with a standard deviation of 1.
function normal(draw) {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

function common(kind, more = {}) {
  return {
    schema,
    kind,
    hakmem: "0.1.0",
    started: "2026-01-31T12:00:00Z",
    machine: {
      system: "Linux",
      kernel: "6.1.0-28-amd64",
      architecture: "x86_64",
      processor: "A processor of the tests",
      cores: 2,
      memory_bytes: 25276502016,
      huge_pages: "always [madvise] never",
      libc: "glibc 2.36",
      compiler: "12.2.0",
    },
    settings: {rounds: 15, most_rounds: 63, seconds: 1, timeout_seconds: 120},
    interrupted: false,
    ...more,
  };
}

const peers = ["libc", "mimalloc3", "snmalloc", "rpmalloc2", "jemalloc", "tcmalloc"];

function allocator(name, more = {}) {
  const id = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  return {
    name,
    path: `/opt/allocators/lib/lib${name}.so`,
    build_id: id.toString(16).padStart(8, "0").repeat(5),
    ...more,
  };
}

// Of few rounds the interval is from the lowest to the highest of them.
function coverageOf(rounds) {
  return rounds < 6 ? 1 - 2 * 0.5 ** rounds : 0.965;
}

function ratio(median, halfWidth, rounds) {
  return {
    median,
    low: median * (1 - halfWidth * 0.9),
    high: median * (1 + halfWidth * 1.1),
    coverage: coverageOf(rounds),
    rounds,
  };
}

const geometricMean = (values) =>
  values.some((value) => value == null) || values.length === 0
    ? null
    : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

// name, kind, threads, time of hakmem against the best other, how uncertain that is.
const rowPlan = [
  ["random_mixed:ws=400", "workload", null, 0.94, 0.006],
  ["random_mixed:ws=8192", "workload", null, 0.91, 0.008],
  ["random_mixed:min=16,max=65536", "workload", null, 1.06, 0.011],
  ["tiny_hot:size=64", "workload", null, 0.88, 0.004],
  ["fifo_hot", "workload", null, 1.004, 0.009],
  ["mt_remote:threads=2,max=32768,remote=50", "workload", 2, 0.83, 0.01],
  ["mt_remote:threads=16,max=131072,remote=90", "workload", 16, 0.97, 0.052],
  ["larson:seconds=1,threads=4", "workload", 4, 0.79, 0.02],
  ["producer_consumer", "workload", 2, 1.21, 0.013],
  ["objects:threads=1,live=10M", "workload", null, 0.9, 0.007],
  ["thread_churn", "workload", 4, null, 0.01],
  ["redis-server", "server", null, 0.985, 0.009],
  ["g++", "program", null, 0.99, 0.003],
  ["sqlite3", "program", null, 0.97, 0.012],
  ["server_day:load=8Mi,spike=64Mi", "workload", 4, 0.96, 0.012],
];

// What an allocator holds over a server's day: an idle phase gives back the more the leaner it is.
function dayPhases(memory, round) {
  const live = {load: 8, idle: 8, spike: 64};
  let held = 0;
  return ["load", "idle", "spike", "idle"].map((name) => {
    const overTime = Array.from({length: 8}, () => {
      const target = live[name] * (1 + memory / 4);
      held = target > held ? target : held - (held - target) * 0.5 * (1 - memory / 2);
      return Math.round((held + 0.1 * round) * 2 ** 20);
    });
    return {name, rss_bytes: overTime.at(-1), rss_over_time: overTime};
  });
}

// Returns a comparison: rows that are better, worse, even, undecided, below resolution and failed.
export function compareDocument({rounds = 15} = {}) {
  const draw = random(1);
  const names = ["libc", "hakmem", ...peers.slice(1)];
  const memoryBias = {
    libc: 0.8,
    hakmem: 0.66,
    snmalloc: 0.83,
    rpmalloc2: 0.8,
    jemalloc: 0.85,
    tcmalloc: 1.4,
  };
  const timeBias = {libc: 1.35, snmalloc: 1.01, rpmalloc2: 1.06, jemalloc: 1.08, tcmalloc: 1.05};
  const rows = rowPlan.map(([name, kind, threads, own, width]) => {
    const others = new Map(
      peers.map((peer) => [
        peer,
        peer === "mimalloc3" ? 1 : timeBias[peer] * Math.exp(0.07 * normal(draw)),
      ]),
    );
    const [bestPeer, bestRatio] = [...others].reduce((a, b) => (b[1] < a[1] ? b : a));
    const cells = names.map((allocatorName) => {
      const isBase = allocatorName === "mimalloc3";
      const failed = own == null && allocatorName === "hakmem";
      const cost = allocatorName === "hakmem" ? (own ?? 1) * bestRatio : others.get(allocatorName);
      const memory = isBase ? 1 : memoryBias[allocatorName] * Math.exp(0.15 * normal(draw));
      return {
        allocator: allocatorName,
        samples: rounds,
        failures: failed ? 2 : 0,
        ...(failed ? {failure: `crashed: signal 11 ${evil}`} : {}),
        cost_ratio: failed ? null : ratio(cost, isBase ? 0 : width, rounds),
        resolved: isBase || (!failed && rounds >= 6 && width <= (threads > 2 ? 0.03 : 0.015)),
        net_cost_ratio:
          failed || threads || kind !== "workload"
            ? null
            : ratio(Math.max(0.2, 1 + 2.1 * (cost - 1)), isBase ? 0 : width * 2, rounds),
        peak_rss_ratio: failed ? null : ratio(memory, isBase ? 0 : 0.004, rounds),
        after_rss_ratio:
          failed || kind !== "workload"
            ? null
            : ratio(memory ** 2, isBase ? 0 : 0.02, Math.min(rounds, 5)),
        net_peak_rss_ratio:
          failed || kind !== "workload" ? null : ratio(memory ** 1.1, isBase ? 0 : 0.005, rounds),
        net_after_rss_ratio:
          failed || kind !== "workload" ? null : ratio(memory ** 2.5, isBase ? 0 : 0.03, rounds),
        median_seconds: 0.9 * cost,
        median_cost: kind === "workload" ? 2.1e-8 * cost : 0.9 * cost,
        median_peak_rss_bytes: 41e6 * memory,
        median_after_rss_bytes: 4e6 * memory,
      };
    });
    const limit = threads > 2 ? 0.03 : 0.015;
    const against =
      own == null || rounds < 6
        ? {}
        : {
            against_best: {
              ...ratio(own, width, Math.floor(rounds / 2)),
              peer: bestPeer,
              limit,
              decided: width <= limit,
              net:
                threads || kind !== "workload"
                  ? null
                  : ratio(Math.max(0.2, 1 + 2.1 * (own - 1)), width * 2, Math.floor(rounds / 2)),
              below_resolution: name === "tiny_hot:size=64",
            },
          };
    const sample = (allocatorName, round, more = {}) => ({
      allocator: allocatorName,
      round,
      counted: round > 0,
      verdict: "ok",
      seconds: 0.9,
      cost: 2e-8,
      peak_rss_bytes: 41e6,
      allocator_path: `/opt/allocators/lib/lib${allocatorName}.so`,
      ...more,
    });
    const samples = names.flatMap((n) =>
      (name.startsWith("server_day") ? [0, 1, 2, 3] : [0, 1]).map((round) =>
        sample(
          n,
          round,
          name.startsWith("server_day")
            ? {figures: {workload: "server_day", phases: dayPhases(memoryBias[n] ?? 1, round)}}
            : {},
        ),
      ),
    );
    if (own == null) {
      samples.push(sample("hakmem", 2, {verdict: "crashed", detail: `signal 11 ${evil}`}));
      samples.push(sample("hakmem", 5, {verdict: "timed out", detail: "killed after 120 s"}));
    }
    return {
      name,
      kind,
      command: [
        `/usr/libexec/hakmem/${name.split(":")[0]}`,
        ...(name.split(":")[1]?.split(",") ?? []),
      ],
      ...(kind === "workload" ? {threads: threads ?? 1} : {}),
      complete: name !== "sqlite3",
      floor_cost: threads || kind !== "workload" ? null : 1.2e-8,
      cells,
      ...against,
      samples,
    };
  });
  const mean = (name, figure) => {
    const present = rows.filter((row) => row.cells.some((cell) => cell[figure]));
    return geometricMean(
      present.map((row) => row.cells.find((c) => c.allocator === name)[figure]?.median),
    );
  };
  return common("compare", {
    base: "mimalloc3",
    own: "hakmem",
    rounds,
    failures: 2,
    allocators: names.map((name) =>
      allocator(name, {
        cost_mean: mean(name, "cost_ratio"),
        peak_rss_mean: mean(name, "peak_rss_ratio"),
        after_rss_mean: mean(name, "after_rss_ratio"),
      }),
    ),
    rows,
  });
}

// Returns the same comparison without the row that failed: every mean is there.
export function wholeCompareDocument(options) {
  const result = compareDocument(options);
  result.rows = result.rows.filter((row) => row.name !== "thread_churn");
  result.failures = 0;
  for (const entry of result.allocators) {
    for (const [mean, figure] of [
      ["cost_mean", "cost_ratio"],
      ["peak_rss_mean", "peak_rss_ratio"],
      ["after_rss_mean", "after_rss_ratio"],
    ]) {
      const present = result.rows.filter((row) => row.cells.some((cell) => cell[figure]));
      entry[mean] = geometricMean(
        present.map((row) => row.cells.find((c) => c.allocator === entry.name)[figure].median),
      );
    }
  }
  return result;
}

// Returns the bins and percentiles of made-up latencies.
function latency(call, draw, typical, worst) {
  const bins = [];
  let low = 1;
  const samples = 2_000_000;
  while (low < worst) {
    const high = Math.ceil(low * 1.25 + 0.5);
    const middle = Math.log(Math.sqrt(low * high) / typical);
    const common_part = Math.exp((-middle * middle) / (2 * 0.25 * 0.25));
    const tail = middle > 0 ? 2e-3 * Math.exp(-1.35 * middle) : 0;
    const count = Math.round(samples * 0.35 * (common_part + tail) * (0.9 + 0.2 * draw()));
    bins.push({low_ns: low, high_ns: high, count});
    low = high;
  }
  bins[bins.length - 1].count += 1;
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const at = (share) => {
    let seen = 0;
    for (const bin of bins) {
      seen += bin.count;
      if (seen >= share * total) return bin.high_ns;
    }
    return worst;
  };
  return {
    call,
    samples: total,
    clock_cost_ns: 18.5,
    percentiles: {
      p50: at(0.5),
      p90: at(0.9),
      p99: at(0.99),
      p99_9: at(0.999),
      p99_99: at(0.9999),
      max: worst,
    },
    bins,
  };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// name, rate, noise, RSS at the start in MiB, growth of RSS per hour, typical malloc in ns, worst.
const soakPlan = [
  ["hakmem", 58e6, 0.008, 11.2, 0, 9, 40_000],
  ["libc", 41e6, 0.011, 10.1, 0.02, 17, 900_000],
  ["mimalloc3", 55e6, 0.01, 16.9, 0.01, 10, 150_000],
  ["jemalloc", 49e6, 0.014, 18.7, 0.12, 14, 2_400_000],
  ["tcmalloc", 52e6, 0.021, 29.4, 0, 12, 600_000],
];

// Returns a soak of so many minutes: every fifth second the floor, every tenth a slice of latencies.
export function soakDocument({minutes = 60} = {}) {
  const allocators = soakPlan.map(([name, rate, noise, mib, growth, typical, worst], index) => {
    const draw = random(100 + index);
    const epochs = [];
    for (let second = 0; second < minutes * 60; ++second) {
      const slice = second % 10 === 9 ? "latency" : second % 5 === 3 ? "floor" : "subject";
      const stall = slice === "subject" && draw() < 0.0012 ? 0.86 : 1;
      const base = slice === "floor" ? 90e6 : rate;
      const seconds = 1 + 0.0005 * draw();
      const warm = 1 - Math.exp(-second / 4);
      epochs.push({
        start: second + 0.001 * index,
        slice,
        operations: Math.round(
          base * seconds * stall * (1 + noise * (slice === "floor" ? 0.7 : 1) * normal(draw)),
        ),
        seconds,
        rss_bytes:
          4096 * Math.round((mib * warm * (1 + (growth * second) / 3600) * 2 ** 20) / 4096),
        minor_faults: second < 10 ? 400 : Math.round(2 * draw()),
        major_faults: 0,
      });
    }
    const subject = epochs.filter((epoch) => epoch.slice === "subject");
    const rates = subject.map((epoch) => epoch.operations / epoch.seconds);
    const middle = median(rates);
    const mean = rates.reduce((a, b) => a + b, 0) / rates.length;
    const cv = Math.sqrt(rates.reduce((sum, r) => sum + (r - mean) ** 2, 0) / rates.length) / mean;
    const slow = rates.toSorted((a, b) => a - b)[Math.floor(rates.length * 0.001)] / middle;
    // Of the last one, system calls could not be counted.
    const counted = index + 1 < soakPlan.length;
    const calls = counted ? 2e-9 * (index + 1) : null;
    const checks = [
      {name: "RSS drift per hour", figure: growth, bound: 0.001, met: growth <= 0.001},
      {name: "throughput CV", figure: cv, bound: 0.015, met: cv <= 0.015},
      {name: "slow epochs", figure: slow, bound: 0.95, met: slow >= 0.95},
      {name: "system calls per operation", figure: calls, bound: 1e-7, met: counted},
    ].map((check) => ({
      ...check,
      says: check.figure == null ? "not counted" : check.met ? "met" : "not met",
    }));
    return allocator(name, {
      epochs,
      latency: [
        latency("malloc", draw, typical, worst),
        latency("free", draw, typical * 0.8, worst / 3),
      ],
      system_calls_per_operation: calls,
      ...(counted ? {} : {system_calls_not_counted: "strace: no such program in PATH"}),
      summary: {
        throughput_median: middle,
        throughput_cv: cv,
        floor_cv: noise * 0.7,
        throughput_drift: 0.0004,
        rss_drift: growth,
        slow_epochs: slow,
        epoch_percentiles: {
          p50: middle,
          p10: 0.99 * middle,
          p1: 0.97 * middle,
          p0_1: slow * middle,
          min: 0.8 * middle,
        },
        minor_faults_per_second: 0.5 + index,
        major_faults: index,
      },
      checks,
      passed: checks.every((check) => check.met),
    });
  });
  return common("soak", {
    workload: {name: "soak", parameters: ["ws=8192"]},
    settings: {minutes},
    allocators,
  });
}

export function countsDocument() {
  const base = {hakmem: 30, mimalloc3: 39, rpmalloc2: 34, libc: 71};
  return common("counts", {
    settings: {},
    allocators: Object.entries(base).map(([name, pair]) =>
      allocator(name, {
        calls: [16, 64, 1024, 8192].flatMap((bytes) => [
          {
            call: "malloc",
            bytes,
            instructions: Math.ceil(pair / 2) + (bytes > 1024 ? 3 : 0),
            fifo_instructions: Math.ceil(pair / 2) + 1.5,
          },
          {
            call: "free",
            bytes,
            instructions: Math.floor(pair / 2),
            fifo_instructions: Math.floor(pair / 2),
          },
          name === "libc" && bytes === 8192
            ? {call: "calloc", bytes, instructions: null, failure: "valgrind ended with status 1"}
            : {call: "calloc", bytes, instructions: pair + bytes / 16},
        ]),
        workloads: ["random_mixed", "tiny_hot", "fifo_hot"].map((workload, index) => ({
          name: workload,
          instructions_per_operation: pair * 0.6 + 22.25 + index,
          floor_instructions_per_operation: 21.5 + index,
          system_calls_per_operation: index === 2 ? null : 3e-8,
        })),
      }),
    ),
  });
}

export function healthDocument() {
  const checks = ["balanced", "speed", "lean"].flatMap((profile) =>
    ["preloaded", "static"].map((flavour) => ({
      profile,
      flavour,
      name: "starts and frees",
      passed: !(profile === "lean" && flavour === "static"),
      detail: profile === "lean" && flavour === "static" ? `exit status 3 ${evil}` : "",
    })),
  );
  return common("health", {settings: {}, checks, passed: false});
}

// Returns an A/B comparison under two link orders, of which the second was settled by screening.
export function abDocument() {
  const rowsOf = (shift) =>
    [
      ["random_mixed:ws=400", "target", 0.97],
      ["tiny_hot:size=64", "target", 0.95],
      ["larson:seconds=1,threads=2", "guard", 1.003],
    ].map(([name, role, cost]) => ({
      name,
      role,
      cost_ratio: ratio(cost + shift, 0.004, 21),
      peak_rss_ratio: ratio(1 + shift, 0.002, 21),
      after_rss_ratio: role === "guard" ? null : ratio(0.99, 0.002, 21),
    }));
  const verdict = (decision, reason, shift) => ({
    decision,
    reason,
    target_cost_ratio: ratio(0.96 + shift, 0.003, 21),
    target_peak_rss_ratio: ratio(1 + shift, 0.001, 21),
    rows: rowsOf(shift),
  });
  const measured = [
    {
      name: "tiny_hot:size=64",
      cells: [],
      samples: [
        {allocator: "base", round: 1, verdict: "ok", detail: "a good run"},
        {allocator: "treat", round: 2, verdict: "timed out", detail: `killed ${evil}`},
      ],
    },
  ];
  return common("ab", {
    settings: {},
    gate: {
      schema: "hakmem-gate/1",
      name: "remote_batch",
      claim: "time",
      target: ["random_mixed:ws=400", "tiny_hot:size=64"],
      guard: ["larson:seconds=1,threads=2"],
      screen_rounds: 7,
      decide_rounds: 21,
      bound: 0.01,
    },
    allocators: [allocator("base"), allocator("treat")],
    links: [
      {
        order: "as built",
        screening: verdict("GO", "random_mixed:ws=400 is faster", 0.001),
        screening_rows: measured,
        decision: verdict("GO", "the targets are faster by more than 1 %", 0),
        rows: [],
      },
      {
        order: "link order 1",
        screening: verdict("NEUTRAL", "as good as equal in screening", 0.03),
        screening_rows: [],
      },
    ],
    decision: "NEUTRAL",
    reason: "GO in as built, NEUTRAL in link order 1",
  });
}

if (process.argv[1]?.endsWith("documents.mjs")) {
  const folder = process.argv[2];
  const documents = {
    "compare.json": compareDocument(),
    "whole.json": wholeCompareDocument(),
    "few.json": wholeCompareDocument({rounds: 2}),
    "soak.json": soakDocument(),
    "counts.json": countsDocument(),
    "health.json": healthDocument(),
    "ab.json": abDocument(),
  };
  for (const [name, result] of Object.entries(documents)) {
    writeFileSync(join(folder, name), JSON.stringify(result));
  }
}
