// A list longer than a page: it keeps its place, shows what was added, and its numbers are the
// server's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addTasks, api, launch, open, row, say, signUp } from "./browser.mjs";

const rows = (page) => page.locator(".tasks-scroll .task");
const hasRows = (page, count) =>
  page.waitForFunction(
    (expected) => document.querySelectorAll(".tasks-scroll .task").length === expected,
    count,
  );
const summary = (page, text) => page.locator(".tasks-head").getByText(text).waitFor();
/** Whether the row of that task is inside the list's window. */
const isInView = (page, title) =>
  page.evaluate((text) => {
    const rows = [...document.querySelectorAll(".tasks-scroll .task")];
    const row = rows.find((one) => one.textContent.includes(text))?.getBoundingClientRect();
    const pane = document.querySelector(".tasks-scroll").getBoundingClientRect();
    return Boolean(row) && row.top >= pane.top - 1 && row.bottom <= pane.bottom + 1;
  }, title);

async function withTasks(t, count) {
  const page = await open(await launch(t));
  await signUp(page);
  for (let number = 1; number <= count; number++) {
    await api(page, "POST", "/api/tasks", { title: `Task ${String(number).padStart(3, "0")}` });
  }
  await page.reload();
  await row(page, "Task 001").waitFor();
  return page;
}

test("numbers are the server's, not those of the loaded rows", async (t) => {
  const page = await withTasks(t, 60);
  await hasRows(page, 50);
  await summary(page, "60 open");
  await page.getByRole("button", { name: "Show more" }).getByText("10 left").waitFor();
  await page.getByLabel("Done: Task 001").click();
  await summary(page, "59 open");
  await page.getByRole("button", { name: "Done", exact: true }).click();
  await summary(page, "1 done");
  await page.getByRole("button", { name: "All", exact: true }).click();
  await page.getByPlaceholder("Search", { exact: true }).fill("Task 00");
  await summary(page, "9 found");
});

test("an added task shows without the list collapsing or jumping", async (t) => {
  const page = await withTasks(t, 160);
  for (const count of [100, 150]) {
    await page.getByRole("button", { name: "Show more" }).click();
    await hasRows(page, count);
  }
  await row(page, "Task 140").scrollIntoViewIfNeeded();
  await page.getByLabel("Title of the new task").fill("Zzz, beyond what is loaded");
  await page.keyboard.press("Enter");
  const apart = page.getByRole("region", { name: "Just added" });
  await apart.getByText("Zzz, beyond what is loaded").waitFor();
  await hasRows(page, 150);
  assert.ok(await isInView(page, "Task 140"), "the list stays where it was");
  await summary(page, "161 open");

  await page.getByRole("button", { name: "Show more" }).click();
  await hasRows(page, 161);
  await apart.waitFor({ state: "detached" });
});

test("an added task that is among the loaded rows comes into view", async (t) => {
  const page = await withTasks(t, 60);
  await row(page, "Task 050").scrollIntoViewIfNeeded();
  await page.getByRole("button", { name: "Due date, priority and more" }).click();
  await page.getByRole("form", { name: "New task" }).getByLabel("Due").fill("2020-02-02");
  await page.getByLabel("Title of the new task").fill("First of all");
  await page.keyboard.press("Enter");
  await row(page, "First of all").waitFor();
  for (let tries = 0; !(await isInView(page, "First of all")); tries++) {
    assert.ok(tries < 50, "it does not come into view");
    await page.waitForTimeout(100);
  }
});

test("a task that the filters leave out is shown all the same", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, "Seen");
  await page.getByPlaceholder("Search", { exact: true }).fill("seen");
  await page.getByLabel("Title of the new task").fill("Something else");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Just added" }).getByText("Something else").waitFor();
  assert.equal(await rows(page).count(), 1);
});

test("what the chat adds beyond the loaded rows is shown", async (t) => {
  const page = await withTasks(t, 60);
  await say(page, "Add a task to zip the bag");
  await page
    .getByRole("region", { name: "Just added" })
    .getByText(/zip the bag/i)
    .waitFor();
  await hasRows(page, 50);
});

test("texts of the other direction do not turn the sentence around them", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  const title = "שלום (1)!";
  await page.getByLabel("Title of the new task").fill(title);
  await page.keyboard.press("Enter");
  await page.locator(".task-title bdi", { hasText: title }).waitFor();
  await page.getByRole("button", { name: `Delete ${title}` }).click();
  const notice = await page.locator(".notice span").textContent();
  assert.equal(notice, `Deleted “\u2068${title}\u2069”`);
});
