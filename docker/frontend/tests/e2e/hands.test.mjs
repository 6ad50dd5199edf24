// The list by hand, much of it with the keyboard alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addTasks, launch, logIn, logOut, open, row, say, signUp } from "./browser.mjs";

/** Waits until the keyboard is on the control of that text. */
const isOn = (page, text) =>
  page.waitForFunction((expected) => document.activeElement?.textContent === expected, text);
const titles = (page) => page.locator(".task-title").allTextContents();
const shows = (page, ...expected) =>
  page.waitForFunction(
    (list) =>
      JSON.stringify([...document.querySelectorAll(".task-title")].map((e) => e.textContent)) ===
      list,
    JSON.stringify(expected),
  );
const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

test("a person keeps the list by hand", async (t) => {
  const page = await open(await launch(t), { timezoneId: "UTC" });
  const person = await signUp(page);

  await t.test("adds a task with everything", async () => {
    await page.getByRole("button", { name: "Due date, priority and more" }).click();
    await page.getByLabel("Title of the new task").fill("Book the train");
    await page.getByLabel("Due").fill(inDays(-1));
    await page.getByLabel("Priority").selectOption("High");
    await page.getByLabel("Tags").fill("Travel, work");
    await page.getByLabel("Notes").fill("Window seat");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    // Not `innerText`: of a row that is new it is empty until the browser has laid it out.
    const facts = await row(page, "Book the train").textContent();
    for (const fact of ["Window seat", "Yesterday", "High", "#travel", "#work"])
      assert.ok(facts.includes(fact), facts);
    await page.getByRole("heading", { name: /Overdue/ }).waitFor();
  });

  await t.test("edits in place; Escape leaves it as it was", async () => {
    await page.getByRole("button", { name: "Book the train", exact: true }).press("Enter");
    await page.getByLabel("Title", { exact: true }).fill("Something else");
    await page.keyboard.press("Escape");
    await isOn(page, "Book the train");
    await page.keyboard.press("Enter");
    await page.getByLabel("Title", { exact: true }).fill("Book the night train");
    await page.getByRole("form", { name: /Edit/ }).getByLabel("Due").fill("");
    await page.getByLabel("Title", { exact: true }).press("Enter");
    await row(page, "Book the night train").waitFor();
    await isOn(page, "Book the night train");
    await page.waitForFunction(() => !document.querySelector(".due"), null, { timeout: 5_000 });
  });

  await t.test("searches, filters and sorts", async () => {
    await addTasks(page, "Apples", "Zebra crossing");
    await page.getByPlaceholder("Search", { exact: true }).fill("zebra");
    await shows(page, "Zebra crossing");
    await page.getByPlaceholder("Search", { exact: true }).fill("nothing like it");
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await page.getByRole("button", { name: "#travel" }).click();
    await shows(page, "Book the night train");
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await page.getByRole("button", { name: "Filter and sort" }).click();
    await page.getByLabel("Sort by").selectOption("Title");
    await shows(page, "Apples", "Book the night train", "Zebra crossing");
    await page.getByLabel("Sort by").selectOption("Priority");
    await page.waitForFunction(
      () => document.querySelector(".task-title")?.textContent === "Book the night train",
    );
  });

  await t.test("ticks with the space bar", async () => {
    await page.getByLabel("Done: Apples").press(" ");
    await page.locator('.task[data-done="true"]').waitFor();
    await page.getByRole("button", { name: "Done", exact: true }).click();
    await shows(page, "Apples");
    await page.getByLabel("Done: Apples").press(" ");
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByLabel("Sort by").selectOption("Due date");
    await shows(page, "Book the night train", "Apples", "Zebra crossing");
  });

  await t.test("deletes, and takes it back", async () => {
    await page.getByRole("button", { name: "Delete Apples" }).click();
    await row(page, "Apples").waitFor({ state: "detached" });
    await isOn(page, "Zebra crossing");
    await page.getByRole("button", { name: "Undo" }).click();
    await row(page, "Apples").waitFor();
    await page.getByRole("button", { name: "Delete Apples" }).click();
    await page.reload();
    await row(page, "Zebra crossing").waitFor();
    assert.ok(!(await titles(page)).includes("Apples"), "closing the page does not bring it back");
  });

  await t.test("what is deleted is gone for the chat and after a log-out", async () => {
    await addTasks(page, "Plums", "Quinces");
    await page.getByRole("button", { name: "Delete Plums" }).click();
    const answer = await say(page, "Show me all my tasks");
    assert.ok(!(await answer.innerText()).includes("Plums"));
    assert.equal(
      await page.getByRole("button", { name: "Undo" }).count(),
      0,
      "there is nothing left to undo",
    );
    await page.getByRole("button", { name: "Delete Quinces" }).click();
    await logOut(page);
    await logIn(page, person);
    await shows(page, "Book the night train", "Zebra crossing");
  });

  await t.test("reaches the chat with Ctrl+K", async () => {
    await page.getByPlaceholder("Search", { exact: true }).focus();
    await page.keyboard.press("Control+k");
    await page.waitForFunction(() => document.activeElement?.id === "composer");
  });

  assert.deepEqual(page.complaints, [], "the console stays silent");
});
