// A browser on the page: how it is started, who logs in, what the console said. Knows no test.
//
// BASE_URL     where the page is (default http://127.0.0.1:3000)
// HOST_RULES   chromium's --host-resolver-rules, such as "MAP todo-app.local 127.0.0.1:8080" for an
//              ingress
// CHROMIUM     the browser's program (run.sh finds one)
import { chromium } from "playwright-core";

export const BASE_URL = process.env.BASE_URL ?? "http://127.0.0.1:3000";
/** For a busy machine; nothing waits longer than it must. */
export const PATIENCE_MS = 30_000;
export const PASSWORD = "correct horse battery";

const QUIET = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
];

/** Starts a browser that is closed when the test ends. */
export async function launch(test) {
  const rules = process.env.HOST_RULES ? [`--host-resolver-rules=${process.env.HOST_RULES}`] : [];
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-sync", ...QUIET, ...rules],
  });
  test.after(() => browser.close());
  return browser;
}

/** Opens the page in a browser of its own; `page.complaints` collects what the console says. */
export async function open(browser, { at = "", ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    ...options,
  });
  return openTab(context, at);
}

/** Opens the page in one more tab of the same browser. */
export async function openTab(context, at = "") {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(error.message));
  await page.goto(BASE_URL + at);
  return page;
}

/** Calls the API as whoever is logged in there, past the page's own code. */
export async function api(page, method, path, data) {
  const answer = await page.evaluate(
    async (call) => {
      const headers = { accept: "application/json", "content-type": "application/json" };
      const body = call.data && JSON.stringify(call.data);
      const response = await fetch(call.path, { method: call.method, headers, body });
      return { ok: response.ok, status: response.status, text: await response.text() };
    },
    { method, path, data },
  );
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.text && JSON.parse(answer.text);
}

/**
 * Lets an intercepted request pass and gives the response. It is sent by Node, which has to be told
 * what HOST_RULES say.
 */
export async function pass(route) {
  const [, host, address] = /^MAP (\S+) (\S+)$/.exec(process.env.HOST_RULES ?? "") ?? [];
  if (!host) return route.fetch();
  const url = route.request().url().replace(`//${host}`, `//${address}`);
  return route.fetch({ url, headers: { ...(await route.request().allHeaders()), host } });
}

let count = 0;

/** Somebody who has never been here. */
export const stranger = () => ({
  name: "Ada Lovelace",
  email: `ada.${Date.now()}.${process.pid}.${++count}@example.org`,
});

/** Signs somebody up and waits for the workspace. */
export async function signUp(page, person = stranger()) {
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: /, Ada/ }).waitFor();
  return person;
}

export async function logOut(page) {
  await page.getByRole("button", { name: /your account/ }).click();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByText("You are logged out.", { exact: true }).waitFor();
}

export async function logIn(page, { email, password = PASSWORD }) {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Tasks", exact: true }).waitFor();
}

/** Says something in the chat and waits for the whole answer; gives the answer's element. */
export async function say(page, text) {
  const before = await page.locator(".message.assistant").count();
  await page.getByLabel("Message").fill(text);
  await page.getByLabel("Message").press("Enter");
  const answer = page.locator(".message.assistant").nth(before);
  await answer.locator(".message-note[data-brain], .failure").waitFor();
  return answer;
}

/** The row of a task in the list. */
export const row = (page, title) =>
  page.locator(".task", { has: page.getByRole("button", { name: title, exact: true }) });

/** Adds tasks by hand. */
export async function addTasks(page, ...titles) {
  for (const title of titles) {
    await page.getByLabel("Title of the new task").fill(title);
    await page.getByLabel("Title of the new task").press("Enter");
    await row(page, title).waitFor();
  }
}
