// browser.mjs: opens a page in a browser that has no network, and tells what it did and drew.
import {chromium} from "playwright-core";

export async function launchBrowser() {
  return chromium.launch({executablePath: process.env.CHROMIUM});
}

// Returns {page, complaints}: the page when its charts are drawn, and whatever it said on the
// console, threw, or asked of the network.
export async function openPage(browser, path, {width = 1280, colorScheme = "light"} = {}) {
  const context = await browser.newContext({
    viewport: {width, height: 900},
    colorScheme,
    offline: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = [];
  page.on("console", (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== `file://${path}`)
      complaints.push(`request: ${request.url().slice(0, 200)}`);
  });
  await page.goto(`file://${path}`);
  await chartsDrawn(page);
  return {page, complaints};
}

// Waits until every chart that is not folded away is drawn.
export async function chartsDrawn(page) {
  await page.waitForFunction(() =>
    [...charts.values()].every((chart) => !chart.place.checkVisibility() || chart.view),
  );
  await page.evaluate(() => Promise.all([...charts.values()].map((chart) => chart.drawn)));
}

// Shows a view of a chart by its button's words.
export async function pickView(page, chart, view) {
  await page.locator(`figure[id="${chart}"]`).getByText(view, {exact: true}).click();
  await chartsDrawn(page);
}

// Returns how many marks of that name a chart drew.
export async function markCount(page, chart, name) {
  return page.locator(`figure[id="${chart}"] svg g[class*="${name}_marks"] > path`).count();
}

// Returns every text that a chart drew.
export async function printedTexts(page, chart) {
  return page.locator(`figure[id="${chart}"] svg text`).allTextContents();
}

// Returns a member of the data of each mark of that name.
export async function drawnValues(page, chart, name, member) {
  return page.evaluate(
    ([id, wanted, field]) => {
      const found = [];
      const visit = (node) => {
        if (node.name?.endsWith(`${wanted}_marks`))
          found.push(...node.items.map((item) => item.datum[field]));
        for (const item of node.items ?? []) visit(item);
      };
      visit(charts.get(id).view.scenegraph().root);
      return found;
    },
    [chart, name, member],
  );
}
