// Two tabs of one browser: they share one session, and neither writes into the wrong account.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addTasks, api, launch, logOut, open, openTab, row, signUp, stranger } from "./browser.mjs";

async function twoTabs(t) {
  const first = await open(await launch(t));
  await signUp(first);
  const second = await openTab(first.context());
  await second.getByLabel("Title of the new task").waitFor();
  return [first, second];
}

const grace = () => ({ ...stranger(), name: "Grace Hopper" });

async function signUpAs(page, person) {
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: /, Grace/ }).waitFor();
}

test("what one tab does, the other shows", async (t) => {
  const [first, second] = await twoTabs(t);
  await addTasks(first, "Shared");
  await row(second, "Shared").waitFor();
  await second.getByLabel("Done: Shared").click();
  await row(first, "Shared").waitFor({ state: "detached" });
});

test("a log-out in one tab ends the other", async (t) => {
  const [first, second] = await twoTabs(t);
  await logOut(first);
  await second.getByText("You logged out in another tab.").waitFor();
});

test("when somebody else logs in, the other tab follows and nothing crosses", async (t) => {
  const [first, second] = await twoTabs(t);
  await addTasks(second, "Ada's own");
  await second.getByLabel("Message").fill("Ada's secret");
  await logOut(first);
  await signUpAs(first, grace());
  await second.getByRole("heading", { name: /, Grace/ }).waitFor();
  assert.equal(await row(second, "Ada's own").count(), 0);
  assert.equal(await second.getByLabel("Message").inputValue(), "");
  await addTasks(second, "Grace's own");
  await row(first, "Grace's own").waitFor();
});

test("a tab that missed the log-in cannot write into the other account", async (t) => {
  const first = await open(await launch(t));
  await first.addInitScript(() => delete globalThis.BroadcastChannel);
  await first.reload();
  await signUp(first);
  const second = await openTab(first.context());
  await second.getByLabel("Title of the new task").waitFor();
  await logOut(first);
  await signUpAs(first, grace());
  await second.getByLabel("Title of the new task").fill("Meant for Ada");
  await second.getByLabel("Title of the new task").press("Enter");
  await second.getByRole("heading", { name: /, Grace/ }).waitFor();
  const { tasks } = await api(first, "GET", "/api/tasks");
  assert.deepEqual(tasks, [], "the server refused what was meant for somebody else");
});

test("every call says for whom it is meant", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  const unnamed = [];
  page.on("request", async (request) => {
    const url = request.url();
    if (!url.includes("/api/")) return;
    if (!(await request.allHeaders())["x-for-user"]) unnamed.push(`${request.method()} ${url}`);
  });
  await addTasks(page, "Named");
  await page.getByLabel("Done: Named").click();
  await page.getByLabel("Message").fill("Show me all my tasks");
  await page.getByLabel("Message").press("Enter");
  await page.locator(".message-note[data-brain]").waitFor();
  await logOut(page);
  assert.deepEqual(unnamed, []);
});
