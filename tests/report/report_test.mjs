// report_test.mjs: what a browser shows of a report is what its JSON says, and nothing is fetched.
//
// Run by report_test.sh, which names the command, the browser and the folder of screenshots in the
// environment. The documents are those of documents.mjs, and one that the command itself measured.
import assert from "node:assert/strict";
import {execFileSync, spawnSync} from "node:child_process";
import {existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {after, before, describe, test} from "node:test";

import {
  chartsDrawn,
  drawnValues,
  launchBrowser,
  markCount,
  openPage,
  pickView,
  printedTexts,
} from "./browser.mjs";
import {
  abDocument,
  compareDocument,
  countsDocument,
  healthDocument,
  soakDocument,
  wholeCompareDocument,
} from "./documents.mjs";

const command = process.env.HAKMEM_COMMAND;
const screenshots = process.env.SCREENSHOTS;
const folder = mkdtempSync(join(tmpdir(), "hakmem-report-"));
let browser;

before(async () => {
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  rmSync(folder, {recursive: true});
});

// Writes the documents to files, reports them in one page, and returns its path.
function report(name, documents) {
  const files = Object.entries(documents).map(([file, contents]) => {
    const path = join(folder, `${name}-${file}.json`);
    writeFileSync(path, JSON.stringify(contents));
    return path;
  });
  const page = join(folder, `${name}.html`);
  execFileSync(command, ["report", ...files, "-o", page]);
  return page;
}

async function screenshot(page, name) {
  await page.screenshot({path: join(screenshots, `${name}.png`), fullPage: true});
}

async function screenshotOfChart(page, chart, name) {
  await page.locator(`figure[id="${chart}"]`).screenshot({path: join(screenshots, `${name}.png`)});
}

// The first, a middle and the last of a list.
const three = (list) => [list[0], list[Math.floor(list.length / 2)], list.at(-1)];

function assertPrinted(texts, wanted, what) {
  for (const words of wanted)
    assert.ok(texts.includes(words), `${what}: '${words}' is not among ${texts.join(" | ")}`);
}

const closeTo = (a, b) => Math.abs(a - b) <= 1e-9 * Math.abs(b);

function assertSameNumbers(actual, wanted, what) {
  const sorted = (list) => list.toSorted((a, b) => a - b);
  const [left, right] = [sorted(actual), sorted(wanted)];
  assert.equal(left.length, right.length, what);
  left.forEach((value, index) =>
    assert.ok(closeTo(value, right[index]), `${what}: ${value}, not ${right[index]}`),
  );
}

// `resolved`: of a cell's time, whether it is certain enough to count.
function withInterval(r, resolved = true) {
  const mark = !resolved ? "?" : r.coverage < 0.95 ? "~" : "";
  return `${r.median.toFixed(3)} ±${((r.high - r.low) / 2).toFixed(3)}${mark}`;
}

// Returns the ratios of cells as the page prints them.
const printedRatios = (rows, member) =>
  rows
    .flatMap((row) => row.cells.filter((cell) => cell[member]))
    .map((cell) => withInterval(cell[member], member !== "cost_ratio" || cell.resolved));
const mebibytes = (bytes) => `${(bytes / 1048576).toFixed(1)} MiB`;

function nanoseconds(value) {
  if (value < 10) return `${value.toFixed(1)} ns`;
  if (value < 1e3) return `${value.toFixed(0)} ns`;
  return value < 1e6 ? `${(value / 1e3).toPrecision(3)} µs` : `${(value / 1e6).toPrecision(3)} ms`;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}

// Clicks every head of every table: rows are in order, unknown figures last, the footer stays.
async function assertTablesSort(page) {
  const tables = await page.locator("table").count();
  assert.ok(tables > 0);
  await page.evaluate(() => {
    globalThis.sortsOf = new Map();
    document.addEventListener("sort-end", ({target}) =>
      sortsOf.set(target.id, (sortsOf.get(target.id) ?? 0) + 1),
    );
  });
  for (let index = 0; index < tables; ++index) {
    const table = page.locator("table").nth(index);
    const id = await table.getAttribute("id");
    const footer = await table.locator("tfoot").allTextContents();
    const heads = await table.locator("thead th").count();
    for (let column = 0; column < heads; ++column) {
      const head = table.locator("thead th").nth(column);
      for (const direction of ["ascending", "descending"]) {
        const before = await page.evaluate((name) => sortsOf.get(name) ?? 0, id);
        // The keyboard does what the mouse does.
        await (direction === "ascending" ? head.click() : head.press("Enter"));
        await page.waitForFunction(([name, count]) => sortsOf.get(name) > count, [id, before]);
        assert.equal(await head.getAttribute("aria-sort"), direction, `${id} column ${column}`);
        const values = await table
          .locator(`tbody td:nth-child(${column + 1})`)
          .evaluateAll((cells) => cells.map((cell) => cell.dataset.sort ?? cell.textContent));
        const known = values.filter((value) => value !== "");
        assert.deepEqual(
          values.slice(0, known.length),
          known,
          `${id} column ${column}: unknown ones are not last`,
        );
        const numbers = known.every((value) => !Number.isNaN(Number(value)));
        const compare = numbers ? (a, b) => a - b : (a, b) => a.localeCompare(b);
        const expected = known.toSorted(
          direction === "ascending" ? compare : (a, b) => compare(b, a),
        );
        assert.deepEqual(known, expected, `${id} column ${column} ${direction}`);
      }
    }
    assert.deepEqual(
      await table.locator("tfoot").allTextContents(),
      footer,
      `${id}: the footer was sorted`,
    );
  }
}

describe("a comparison in which a row failed", () => {
  const contents = compareDocument();
  let page;
  let complaints;

  before(async () => {
    ({page, complaints} = await openPage(browser, report("compare", {compare: contents})));
  });

  test("asks for nothing and complains of nothing", async () => {
    await screenshot(page, "compare");
    assert.deepEqual(complaints, []);
  });

  test("text of the result is no markup", async () => {
    assert.equal(await page.title(), "hakmem report");
    assert.equal(await page.locator("img").count(), 0);
    assert.ok(
      (await page.locator("#result-1-failures").textContent()).includes("</script><img src=x"),
    );
  });

  test("shows the own allocator against the best other", async () => {
    const chart = "result-1-against-best";
    const known = contents.rows.filter((row) => row.against_best);
    assert.equal(known.length, contents.rows.length - 1);
    assert.equal(await markCount(page, chart, "figures"), known.length);
    assert.equal(
      await page.locator(`figure[id="${chart}"] g[class*="intervals_marks"] > line`).count(),
      known.length,
    );
    assertSameNumbers(
      await drawnValues(page, chart, "figures", "value"),
      known.map((row) => row.against_best.median),
      chart,
    );
    const texts = await printedTexts(page, chart);
    assertPrinted(
      texts,
      three(known).map((row) => withInterval(row.against_best)),
      chart,
    );
    assertPrinted(texts, ["FAILED", "tcmalloc"], chart);
    assert.ok(texts.some((words) => words.endsWith(", undecided")));
    assert.ok(texts.some((words) => words.endsWith(", below resolution")));
  });

  test("marks undecided and failed rows in the table", async () => {
    const rowOf = (name) =>
      page.locator("#result-1-against-best-table tbody tr").filter({hasText: name}).textContent();
    assert.ok((await rowOf("mt_remote:threads=16")).endsWith("undecided"));
    assert.ok((await rowOf("thread_churn")).endsWith("FAILED"));
    assert.ok((await rowOf("producer_consumer")).endsWith("worse"));
    assert.ok((await rowOf("fifo_hot")).endsWith("even"));
    assert.ok((await rowOf("larson")).endsWith("better"));
  });

  test("shows every allocator in every row, a view for each figure", async () => {
    const chart = "result-1-all-ratios";
    const views = {
      Time: "cost_ratio",
      "Net time": "net_cost_ratio",
      "Peak RSS": "peak_rss_ratio",
      "RSS after": "after_rss_ratio",
      "Net peak RSS": "net_peak_rss_ratio",
      "Net RSS after": "net_after_rss_ratio",
    };
    for (const [view, member] of Object.entries(views)) {
      await pickView(page, chart, view);
      const ratios = contents.rows.flatMap((row) =>
        row.cells.map((cell) => cell[member]).filter(Boolean),
      );
      assert.equal(await markCount(page, chart, "figures"), ratios.length, view);
      assertSameNumbers(
        await drawnValues(page, chart, "figures", "value"),
        ratios.map((r) => r.median),
        view,
      );
      const texts = await printedTexts(page, chart);
      assertPrinted(texts, [...three(printedRatios(contents.rows, member)), "FAILED"], view);
      assertPrinted(
        texts,
        three(contents.rows).map((row) => row.name),
        view,
      );
      await screenshotOfChart(page, chart, `compare-all-${member}`);
    }
  });

  test("draws a line at the best other in each row", async () => {
    await pickView(page, "result-1-all-ratios", "Time");
    const best = contents.rows.map((row) => {
      const peers = row.cells.filter((cell) => cell.allocator !== "hakmem");
      const chosen = peers.find((cell) => cell.allocator === row.against_best?.peer);
      return chosen?.cost_ratio.median ?? Math.min(...peers.map((cell) => cell.cost_ratio.median));
    });
    assertSameNumbers(await drawnValues(page, "result-1-all-ratios", "best", "best"), best, "best");
  });

  test("leaves an allocator that has no means out of speed against memory, and says so", async () => {
    const means = contents.allocators.filter((a) => a.cost_mean != null);
    assert.equal(means.length, contents.allocators.length - 1);
    assert.equal(await markCount(page, "result-1-speed-memory", "figures"), means.length);
    assert.ok(
      (await page.locator("#result-1-speed-memory figcaption").textContent()).includes(
        "Without hakmem",
      ),
    );
  });

  test("shows the memory of a day, phase by phase", async () => {
    const row = contents.rows.find((candidate) => candidate.name.startsWith("server_day"));
    const chart = "result-1-phases-server_day-load-8Mi-spike-64Mi";
    const overTime = (name) => {
      const runs = row.samples.filter((one) => one.allocator === name && one.counted);
      assert.equal(runs.length, 3);
      return runs[0].figures.phases.map((phase, index) =>
        phase.rss_over_time.map((_, look) =>
          median(runs.map((run) => run.figures.phases[index].rss_over_time[look])),
        ),
      );
    };
    const names = contents.allocators.map((allocator) => allocator.name);
    assert.equal(await markCount(page, chart, "figures"), names.length);
    assertSameNumbers(
      await drawnValues(page, chart, "figures", "value"),
      names.flatMap((name) =>
        overTime(name)
          .flat()
          .map((bytes) => bytes / 2 ** 20),
      ),
      chart,
    );
    const ends = names.map((name) => `${name}  ${mebibytes(overTime(name).at(-1).at(-1))}`);
    assertPrinted(await printedTexts(page, chart), [...ends, "load", "spike"], chart);
    const own = page.locator(`[id="${chart}-table"] tbody tr`).filter({hasText: "hakmem"});
    const cells = await own.locator("td").allTextContents();
    assert.deepEqual(
      cells.slice(1, 5),
      overTime("hakmem").map((looks) => mebibytes(looks.at(-1))),
    );
    const ratio = overTime("hakmem").at(-1).at(-1) / overTime("mimalloc3").at(-1).at(-1);
    assert.equal(cells[5], ratio.toFixed(3));
    await screenshotOfChart(page, chart, "compare-phases");
  });

  test("prints every ratio in the tables, and marks those that are not certain", async () => {
    for (const member of ["cost_ratio", "peak_rss_ratio", "after_rss_ratio"]) {
      const cells = await page
        .locator(`#result-1-${member} tbody td.number span`)
        .allTextContents();
      assert.deepEqual(
        cells.filter((words) => words.includes("±")).toSorted(),
        printedRatios(contents.rows, member).toSorted(),
      );
      const marks = cells.map((words) => words.at(-1));
      assert.equal(marks.includes("?"), member === "cost_ratio", "undecided");
      assert.equal(marks.includes("~"), member === "after_rss_ratio", "too few rounds");
    }
    const titles = await page
      .locator("#result-1-after_rss_ratio tbody td.number[title]")
      .evaluateAll((cells) => cells.map((cell) => cell.title));
    assert.ok(titles.some((title) => title.endsWith("over 5 rounds, coverage 93.8 %")));
  });

  test("claims no coverage that intervals do not have", async () => {
    const words = await page.locator("body").innerText();
    assert.ok(!words.includes("95 % interval") && !words.includes("bootstrap"));
    assert.ok(words.includes("~ marks those of too few rounds for that"));
    const known = contents.rows.find((row) => row.against_best);
    const cells = await page
      .locator("#result-1-against-best-table tbody tr")
      .filter({hasText: known.name})
      .locator("td")
      .allTextContents();
    assert.equal(cells[4], `${(known.against_best.coverage * 100).toFixed(1)} %`);
  });

  test("tables sort", async () => assertTablesSort(page));
  test("nothing was asked for in the meantime", () => assert.deepEqual(complaints, []));
});

describe("comparisons without failures", () => {
  const whole = wholeCompareDocument();
  const few = wholeCompareDocument({rounds: 2});
  let page;
  let complaints;

  before(async () => {
    ({page, complaints} = await openPage(browser, report("whole", {whole, few})));
  });

  test("show speed against memory, by means and by every row", async () => {
    const chart = "result-1-speed-memory";
    const labels = whole.allocators.map(
      (a) => `${a.name}  ${a.cost_mean.toFixed(3)} / ${a.peak_rss_mean.toFixed(3)}`,
    );
    assert.equal(await markCount(page, chart, "figures"), whole.allocators.length);
    assert.equal(await markCount(page, chart, "rows"), 0);
    assertSameNumbers(
      await drawnValues(page, chart, "figures", "memory"),
      whole.allocators.map((a) => a.peak_rss_mean),
      chart,
    );
    assertPrinted(await printedTexts(page, chart), labels, chart);
    await screenshotOfChart(page, chart, "speed-memory-means");
    await pickView(page, chart, "every row");
    assert.equal(await markCount(page, chart, "rows"), whole.rows.length * whole.allocators.length);
    assertSameNumbers(
      await drawnValues(page, chart, "rows", "cost"),
      whole.rows.flatMap((row) => row.cells.map((cell) => cell.cost_ratio.median)),
      chart,
    );
    assertPrinted(await printedTexts(page, chart), labels, chart);
    await screenshotOfChart(page, chart, "speed-memory-rows");
  });

  test("say who wins", async () => {
    const best = whole.allocators.toSorted((a, b) => a.peak_rss_mean - b.peak_rss_mean);
    const words = await page.locator(".headlines li").first().textContent();
    assert.ok(
      words.includes(`Peak RSS: ${best[0].name} ${best[0].peak_rss_mean.toFixed(3)}`),
      words,
    );
    assert.ok(words.includes("below resolution in 1"), words);
  });

  test("of two rounds have no intervals and no best other", async () => {
    assert.equal(await page.locator("#result-2-against-best").count(), 0);
    assert.ok((await page.locator("#result-2").textContent()).includes("Too few rounds"));
    const texts = await printedTexts(page, "result-2-all-ratios");
    assertPrinted(texts, [few.rows[0].cells[1].cost_ratio.median.toFixed(3)], "few");
    assert.ok(!texts.some((words) => words.includes("±")));
  });

  test("tables sort", async () => assertTablesSort(page));
  test("nothing was asked for", async () => {
    await screenshot(page, "whole");
    assert.deepEqual(complaints, []);
  });
});

describe("an A/B comparison", () => {
  const ab = abDocument();
  const verdicts = [ab.links[0].decision, ab.links[1].screening];
  let page;
  let complaints;

  before(async () => {
    ({page, complaints} = await openPage(browser, report("ab", {ab})));
  });

  test("shows each row under each link order, a view for each figure", async () => {
    const chart = "result-1-ab";
    const views = {
      Time: "cost_ratio",
      "Peak RSS": "peak_rss_ratio",
      "RSS after": "after_rss_ratio",
    };
    for (const [view, member] of Object.entries(views)) {
      await pickView(page, chart, view);
      const ratios = verdicts.flatMap(({rows}) => rows.map((row) => row[member]).filter(Boolean));
      assert.equal(await markCount(page, chart, "figures"), ratios.length, view);
      const medians = ratios.map((r) => r.median);
      assertSameNumbers(await drawnValues(page, chart, "figures", "value"), medians, view);
      const texts = await printedTexts(page, chart);
      assertPrinted(
        texts,
        [...three(ratios).map((r) => withInterval(r)), "tiny_hot:size=64 (target)"],
        view,
      );
      await screenshotOfChart(page, chart, `ab-${member}`);
    }
  });

  test("shows what was decided, by which gate, and what failed", async () => {
    const words = await page.locator("#result-1").textContent();
    for (const part of ["NEUTRAL", ab.reason, "remote_batch", "decide rounds", "timed out"]) {
      assert.ok(words.includes(part), part);
    }
    const targets = await page.locator("#result-1-rows tfoot").textContent();
    for (const verdict of verdicts) {
      assert.ok(targets.includes(withInterval(verdict.target_cost_ratio)));
      assert.ok(targets.includes(verdict.reason));
    }
    assert.ok(!words.includes("a good run"));
  });

  test("tables sort", async () => assertTablesSort(page));
  test("nothing was asked for", async () => {
    await screenshot(page, "ab");
    assert.deepEqual(complaints, []);
  });
});

describe("an A/B comparison that was interrupted in its first screening", () => {
  test("says so and shows what failed", async () => {
    const ab = abDocument();
    ab.links = [{order: "as built", screening_rows: ab.links[0].screening_rows}];
    Object.assign(ab, {interrupted: true, decision: "none", reason: "interrupted"});
    const {page, complaints} = await openPage(browser, report("ab-interrupted", {ab}));
    const words = await page.locator("#result-1").textContent();
    for (const part of ["Interrupted: nothing is decided.", "timed out"]) {
      assert.ok(words.includes(part), part);
    }
    assert.deepEqual(complaints, []);
  });
});

describe("a soak of an hour", () => {
  const soak = soakDocument();
  const names = soak.allocators.map((allocator) => allocator.name);
  const subjectOf = (allocator) => allocator.epochs.filter((epoch) => epoch.slice === "subject");
  let page;
  let complaints;

  before(async () => {
    ({page, complaints} = await openPage(browser, report("soak", {soak})));
  });

  test("shows throughput over time", async () => {
    const chart = "result-1-throughput";
    assert.equal(await markCount(page, chart, "epochs"), names.length);
    assert.equal(await markCount(page, chart, "figures"), names.length);
    const slow = soak.allocators.flatMap((allocator) => {
      const rates = subjectOf(allocator).map((epoch) => epoch.operations / epoch.seconds);
      return rates.map((rate) => rate / median(rates)).filter((rate) => rate < 0.95);
    });
    assert.ok(slow.length > 3);
    assert.equal(await markCount(page, chart, "slow"), slow.length);
    assertSameNumbers(await drawnValues(page, chart, "slow", "value"), slow, chart);
    const headings = soak.allocators.map(
      ({name, summary}) =>
        `${name}: ${(summary.throughput_median / 1e6).toFixed(1)} M/s, CV ${(summary.throughput_cv * 100).toFixed(2)} %`,
    );
    assertPrinted(await printedTexts(page, chart), headings, chart);
    await screenshotOfChart(page, chart, "soak-throughput");
  });

  test("shows memory over time", async () => {
    const chart = "result-1-memory";
    assert.equal(await markCount(page, chart, "figures"), names.length);
    const points = soak.allocators.flatMap((a) =>
      subjectOf(a).map((epoch) => epoch.rss_bytes / 2 ** 20),
    );
    assertSameNumbers(await drawnValues(page, chart, "figures", "value"), points, chart);
    const ends = soak.allocators.map(
      (a) => `${a.name}  ${mebibytes(subjectOf(a).at(-1).rss_bytes)}`,
    );
    assertPrinted(await printedTexts(page, chart), ends, chart);
    await screenshotOfChart(page, chart, "soak-memory");
  });

  test("shows page faults over time", async () => {
    const chart = "result-1-faults";
    assert.equal(await markCount(page, chart, "figures"), names.length);
    const points = soak.allocators.flatMap((a) =>
      subjectOf(a).map((epoch) => epoch.minor_faults / epoch.seconds),
    );
    assertSameNumbers(await drawnValues(page, chart, "figures", "value"), points, chart);
    const ends = soak.allocators.map(
      ({name, summary}) => `${name}  ${summary.minor_faults_per_second} /s`,
    );
    assertPrinted(await printedTexts(page, chart), ends, chart);
    await screenshotOfChart(page, chart, "soak-faults");
  });

  test("prints percentiles of seconds", async () => {
    const cells = await page.locator("#result-1-summary tbody td").allTextContents();
    for (const {summary} of soak.allocators) {
      for (const key of ["p10", "p1", "p0_1", "min"]) {
        const words = `${(summary.epoch_percentiles[key] / 1e6).toFixed(1)} M/s`;
        assert.ok(cells.includes(words), words);
      }
    }
  });

  for (const call of ["malloc", "free"]) {
    test(`shows how long ${call} takes`, async () => {
      const chart = `result-1-latency-${call}`;
      const latencies = soak.allocators.map((a) =>
        a.latency.find((latency) => latency.call === call),
      );
      const values = latencies.flatMap((latency) => Object.values(latency.percentiles));
      await pickView(page, chart, "percentiles");
      assert.equal(await markCount(page, chart, "figures"), names.length * 6);
      assertSameNumbers(await drawnValues(page, chart, "figures", "value"), values, chart);
      assertPrinted(await printedTexts(page, chart), three(values).map(nanoseconds), chart);
      await screenshotOfChart(page, chart, `soak-${call}-percentiles`);

      await pickView(page, chart, "tail");
      assert.equal(await markCount(page, chart, "figures"), names.length);
      const ends = latencies.map(
        (latency, index) => `${names[index]}  max ${nanoseconds(latency.percentiles.max)}`,
      );
      assertPrinted(await printedTexts(page, chart), ends, chart);
      const first = latencies[0];
      const total = first.bins.reduce((sum, bin) => sum + bin.count, 0);
      const parts = await drawnValues(page, chart, "figures", "part");
      assert.ok(parts.some((part) => closeTo(part, 1 - first.bins[0].count / total)));
      await screenshotOfChart(page, chart, `soak-${call}-tail`);
    });
  }

  test("tells which checks are not met", async () => {
    const saying = (says) =>
      soak.allocators.flatMap((a) => a.checks.filter((check) => check.says === says));
    const missed = saying("not met");
    assert.ok(missed.length > 0);
    assert.equal(saying("not counted").length, 1);
    assert.equal(await page.locator("#result-1-checks .badge.not-counted").count(), 1);
    assert.ok((await page.locator("#result-1").textContent()).includes("strace: no such program"));
    assert.equal(await page.locator("#result-1-checks .badge.not-met").count(), missed.length);
    assert.ok(
      (await page.locator(".headlines").textContent()).includes(
        "jemalloc misses RSS drift per hour",
      ),
    );
  });

  test("tables sort", async () => assertTablesSort(page));
  test("nothing was asked for", async () => {
    await screenshot(page, "soak");
    assert.deepEqual(complaints, []);
  });
});

describe("counts and health", () => {
  const counts = countsDocument();
  let page;
  let complaints;

  before(async () => {
    ({page, complaints} = await openPage(
      browser,
      report("counts", {counts, health: healthDocument()}),
    ));
  });

  test("show instructions by kind of call", async () => {
    const chart = "result-1-calls";
    const callsOf = (kind) =>
      counts.allocators.flatMap((a) => a.calls.filter((call) => call.call === kind));
    for (const kind of ["malloc", "free", "calloc"]) {
      await pickView(page, chart, kind);
      const known = callsOf(kind)
        .filter((call) => call.instructions != null)
        .map((call) => call.instructions);
      assert.equal(await markCount(page, chart, "figures"), known.length, kind);
      assertSameNumbers(await drawnValues(page, chart, "figures", "value"), known, kind);
      assertPrinted(await printedTexts(page, chart), three(known).map(String), kind);
    }
    assertPrinted(await printedTexts(page, chart), ["FAILED"], "calloc");
    await pickView(page, chart, "malloc + free");
    const frees = callsOf("free");
    const pairs = callsOf("malloc").map(
      (call, index) => call.instructions + frees[index].instructions,
    );
    assertSameNumbers(await drawnValues(page, chart, "figures", "value"), pairs, "pairs");
    await screenshotOfChart(page, chart, "counts-calls");
    await pickView(page, chart, "malloc + free, first in first out");
    const [malloc, free] = [callsOf("malloc")[0], callsOf("free")[0]];
    const first = malloc.fifo_instructions + free.fifo_instructions;
    assertPrinted(await printedTexts(page, chart), [first.toFixed(1)], "first in first out");
  });

  test("show instructions of workloads, with the floor and without", async () => {
    const chart = "result-1-workloads";
    const workloads = counts.allocators.flatMap((a) => a.workloads);
    assert.equal(await markCount(page, chart, "figures"), workloads.length);
    assertPrinted(
      await printedTexts(page, chart),
      three(workloads).map((w) => w.instructions_per_operation.toFixed(1)),
      chart,
    );
    await pickView(page, chart, "less the floor");
    const net = workloads.map(
      (w) => w.instructions_per_operation - w.floor_instructions_per_operation,
    );
    assertSameNumbers(await drawnValues(page, chart, "figures", "value"), net, chart);
    await screenshotOfChart(page, chart, "counts-workloads");
  });

  test("show the check that failed", async () => {
    assert.equal(await page.locator("#result-2-checks .badge.not-met").count(), 1);
    assert.equal(await page.locator("img").count(), 0);
  });

  test("tables sort", async () => assertTablesSort(page));
  test("nothing was asked for", async () => {
    await screenshot(page, "counts");
    assert.deepEqual(complaints, []);
  });
});

describe("every kind in one page", () => {
  const documents = {
    compare: wholeCompareDocument(),
    soak: soakDocument({minutes: 5}),
    counts: countsDocument(),
    health: healthDocument(),
  };

  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 400]) {
      test(`fits ${width} pixels, ${colorScheme}`, async () => {
        const path = report(`all-${width}-${colorScheme}`, documents);
        const {page, complaints} = await openPage(browser, path, {width, colorScheme});
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - innerWidth,
        );
        assert.equal(overflow, 0);
        // No chart is wider than its place.
        const wide = await page.evaluate(() =>
          [...charts.values()]
            .filter(
              (chart) =>
                chart.place.querySelector("svg.marks").getBoundingClientRect().width >
                chart.place.clientWidth + 1,
            )
            .map((chart) => chart.id),
        );
        assert.deepEqual(wide, []);
        await screenshot(page, `all-${width}-${colorScheme}`);
        assert.deepEqual(complaints, []);
        await page.context().close();
      });
    }
  }

  test("charts follow the width", async () => {
    const {page, complaints} = await openPage(browser, report("resized", documents));
    const widthOf = () =>
      page
        .locator("#result-1-against-best svg.marks")
        .evaluate((svg) => svg.getBoundingClientRect().width);
    const before = await widthOf();
    await page.setViewportSize({width: 420, height: 900});
    await page.waitForFunction(
      (wide) =>
        document.querySelector("#result-1-against-best svg.marks")?.getBoundingClientRect().width <
        wide / 2,
      before,
    );
    await chartsDrawn(page);
    assert.ok((await widthOf()) <= 420);
    assert.deepEqual(complaints, []);
  });

  test("charts are described to those who cannot see them", async () => {
    const {page} = await openPage(browser, report("described", documents));
    const descriptions = await page
      .locator("figure.chart .drawing")
      .evaluateAll((all) =>
        all.map((place) => place.querySelector("[aria-label]")?.getAttribute("aria-label")),
      );
    assert.ok(descriptions.length >= 8);
    assert.ok(
      descriptions.every((words) => words?.length > 20),
      descriptions.join("\n"),
    );
  });
});

test("many rows are unfolded only on demand", async () => {
  const many = wholeCompareDocument();
  many.rows = [0, 1, 2].flatMap((copy) =>
    many.rows.map((row) => ({...row, name: `${row.name} copy=${copy}`})),
  );
  const {page, complaints} = await openPage(browser, report("many", {many}));
  assert.equal(await markCount(page, "result-1-all-ratios", "figures"), 0);
  await page.getByText("Every allocator in every row").click();
  await page.waitForFunction(() => charts.get("result-1-all-ratios").view);
  assert.equal(
    await markCount(page, "result-1-all-ratios", "figures"),
    many.rows.length * many.allocators.length,
  );
  assert.deepEqual(complaints, []);
});

test("what the command measured itself is shown", async () => {
  const measuredFolder = join(folder, "measured");
  const json = join(measuredFolder, "result.json");
  const path = join(folder, "measured.html");
  execFileSync(
    command,
    [
      "compare",
      "--workload",
      "tiny_hot:cycles=2000",
      "--workload",
      "random_mixed:iters=20000",
      "--allocator",
      "libc",
      "--allocator",
      "hakmem",
      "--rounds",
      "7",
      "--out",
      measuredFolder,
    ],
    {stdio: "ignore"},
  );
  execFileSync(command, ["report", json, "-o", path]);
  const measured = JSON.parse(readFileSync(json, "utf8"));
  const {page, complaints} = await openPage(browser, path);
  const chart = "result-1-against-best";
  assert.equal(await markCount(page, chart, "figures"), 2);
  assertPrinted(
    await printedTexts(page, chart),
    measured.rows.map((row) => withInterval(row.against_best)),
    chart,
  );
  await assertTablesSort(page);
  await screenshot(page, "measured");
  assert.deepEqual(complaints, []);
  // Names have the room that they need, however few and short they are.
  for (const width of [1280, 400]) {
    const {page: narrow} = await openPage(browser, path, {width});
    assertPrinted(await printedTexts(narrow, "result-1-all-ratios"), ["libc", "hakmem"], width);
    await narrow.context().close();
  }
});

test("without the libraries the command names what makes them, and writes nothing", () => {
  const charts = join(dirname(dirname(command)), "share/hakmem/report/charts.js");
  const json = join(folder, "some.json");
  const page = join(folder, "none.html");
  writeFileSync(json, JSON.stringify(countsDocument()));
  renameSync(charts, `${charts}.away`);
  const done = spawnSync(command, ["report", json, "-o", page], {encoding: "utf8"});
  renameSync(`${charts}.away`, charts);
  assert.equal(done.status, 2);
  assert.match(done.stderr, /charts\.js is not there.*--target hakmem_report_assets/);
  assert.ok(!existsSync(page));
});
