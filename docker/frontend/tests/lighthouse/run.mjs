// Measures the page with Lighthouse, logged out and logged in, as a phone sees it, and fails below
// the floor.
//
// BASE_URL  where the page is (default http://127.0.0.1:3000)
// CHROMIUM  the browser's program (default /usr/bin/chromium)
// REPORTS   a folder for the full reports
import { mkdir, writeFile } from "node:fs/promises";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";
import puppeteer from "puppeteer-core";

const BASE_URL = process.env.BASE_URL ?? "http://127.0.0.1:3000";
const FLOOR = 95;
/** What else the machine does slows the page down and never speeds it up, so it may try again. */
const TRIES = 3;
const CATEGORIES = ["performance", "accessibility", "best-practices"];
const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const chrome = await launch({
  chromePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromeFlags: FLAGS,
});
const failures = [];
try {
  await measure("logged-out");
  await logIn();
  await measure("logged-in");
} finally {
  chrome.kill();
}
if (failures.length > 0) {
  console.error(failures.join("\n"));
  process.exitCode = 1;
}

async function measure(name) {
  let found = await scores(name);
  for (let tried = 1; tried < TRIES && found.performance < FLOOR; tried++)
    found = await scores(name);
  for (const [category, score] of Object.entries(found)) {
    console.log(`${name} ${category} ${score}`);
    if (score < FLOOR) failures.push(`${name}: ${category} is ${score}, less than ${FLOOR}`);
  }
}

async function scores(name) {
  const options = {
    port: chrome.port,
    output: "json",
    onlyCategories: CATEGORIES,
    disableStorageReset: true,
    logLevel: "error",
  };
  const { lhr, report } = await lighthouse(BASE_URL, options);
  if (process.env.REPORTS) {
    await mkdir(process.env.REPORTS, { recursive: true });
    await writeFile(`${process.env.REPORTS}/${name}.json`, report);
  }
  const rounded = Object.entries(lhr.categories).map(([category, { score }]) => [
    category,
    Math.round((score ?? 0) * 100),
  ]);
  return Object.fromEntries(rounded);
}

/** Signs somebody up in the browser, so that the next page is the workspace. */
async function logIn() {
  const browser = await puppeteer.connect({ browserURL: `http://127.0.0.1:${chrome.port}` });
  const page = await browser.newPage();
  await page.goto(BASE_URL);
  await page.evaluate(signUp, `lighthouse.${Date.now()}@example.org`);
  await page.close();
  await browser.disconnect();
}

/** Runs in the page. */
async function signUp(email) {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ name: "Ada Lovelace", email, password: "correct horse battery" });
  const response = await fetch("/api/auth/signup", { method: "POST", headers, body });
  const { user } = await response.json();
  localStorage.setItem("saydone.user", JSON.stringify(user));
  for (const title of ["Buy groceries", "Call the dentist"]) {
    await fetch("/api/tasks", { method: "POST", headers, body: JSON.stringify({ title }) });
  }
}
