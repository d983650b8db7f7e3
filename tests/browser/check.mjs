// Opens every report of a folder in headless Chromium, in all the ways in which people look at one, and fails if axe-core
// finds a violation, anything is loaded, the console complains, the page is wider than its window, or the headline with the
// first numbers is not on the first screen.
import axe from "axe-core";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [folder, screens] = process.argv.slice(2);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
});

const views = [];
for (const [device, width, height] of [["desktop", 1280, 900], ["phone", 375, 760]]) {
  for (const scheme of ["light", "dark"]) views.push({ name: `${device}-${scheme}`, width, height, scheme });
}
views.push({ name: "print", width: 800, height: 1100, scheme: "light", media: "print" });
views.push({ name: "print-from-dark", width: 800, height: 1100, scheme: "dark", media: "print" });

let failures = 0;
function fail(where, what) {
  failures += 1;
  console.error(`FAILED ${where}: ${what}`);
}

async function look(file, view) {
  const where = `${path.basename(file)} ${view.name}`;
  const page = await browser.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => fail(where, `the console says: ${message.text()}`));
  page.on("pageerror", (error) => fail(where, `an error: ${error.message}`));
  await page.setViewport({ width: view.width, height: view.height, deviceScaleFactor: 2 });
  // One call: each of the two of puppeteer undoes the other.
  const features = [{ name: "prefers-color-scheme", value: view.scheme }];
  const session = await page.createCDPSession();
  await session.send("Emulation.setEmulatedMedia", { media: view.media ?? "screen", features });
  await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
  if (asked.length !== 1) fail(where, `it loads ${asked.slice(1).join(" ")}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) fail(where, `the page is ${wide} pixels wider than its window`);
  const styled = await page.evaluate(() => getComputedStyle(document.querySelector("main")).maxWidth !== "none");
  if (!styled && !view.media) fail(where, "the policy of the page refuses its own style");
  const first = await page.evaluate(() => {
    const end = (element) => element?.getBoundingClientRect().bottom ?? 0;
    const answer = ["h1", ".lead p", "[data-key='people.exposed']"];
    return Math.max(...answer.map((selector) => end(document.querySelector(selector))));
  });
  if (first > view.height) fail(where, `the answer ends ${Math.round(first - view.height)} pixels below the first screen`);
  const base = path.join(screens, `${path.basename(file, ".html")}-${view.name}`);
  await page.screenshot({ path: `${base}-first.png` });
  // Chromium refuses pictures of very long pages.
  const height = Math.min(7000, await page.evaluate(() => document.documentElement.scrollHeight));
  const clip = { x: 0, y: 0, width: view.width, height };
  await page.screenshot({ path: `${base}.png`, clip, captureBeyondViewport: true });
  if (view.name === "print") await page.pdf({ path: `${base}.pdf`, format: "A4", preferCSSPageSize: true });
  // What a debugger evaluates is not under the policy of the page.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const violation of violations) {
    const places = violation.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`);
    fail(where, `axe-core ${violation.id}: ${violation.help}\n    ${places.slice(0, 3).join("\n    ")}`);
  }
  await page.close();
}

await mkdir(screens, { recursive: true });
const names = (await readdir(folder)).filter((name) => name.endsWith(".html")).sort();
if (names.length === 0) fail(folder, "there is no report");
for (const name of names) {
  for (const view of views) await look(path.join(folder, name), view);
}
await browser.close();
console.log(`${names.length} reports in ${views.length} views, ${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
