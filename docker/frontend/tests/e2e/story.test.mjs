// The story the product is made for: sign up, log in, get everything done by talking, find it all
// again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, logIn, logOut, open, row, say, signUp } from "./browser.mjs";

/** Waits until the row is gone. */
const gone = (page, title) => row(page, title).waitFor({ state: "detached" });

test("a person gets things done by talking", async (t) => {
  const page = await open(await launch(t));
  let person;

  await t.test("signs up, logs out, logs in", async () => {
    person = await signUp(page);
    await logOut(page);
    await logIn(page, person);
    await page.getByText("Nothing to do.").waitFor();
  });

  await t.test("adds tasks, and the list shows them", async () => {
    const answer = await say(page, "Add a task to buy groceries");
    assert.equal(await answer.locator(".card").getAttribute("data-tool"), "add_task");
    assert.equal(await answer.locator(".card").getAttribute("data-state"), "done");
    await row(page, /^buy groceries$/i).waitFor();
    await say(page, "Add a task to call the dentist tomorrow");
    await row(page, /^call the dentist$/i)
      .getByText("Tomorrow")
      .waitFor();
    await say(page, "Add a task to water the plants");
    await row(page, /^water the plants$/i).waitFor();
  });

  await t.test("asks for the list", async () => {
    const answer = await say(page, "Show me all my tasks");
    const text = (await answer.innerText()).toLowerCase();
    for (const title of ["buy groceries", "call the dentist", "water the plants"])
      assert.ok(text.includes(title), text);
    assert.equal(await answer.locator(".card").getAttribute("data-tool"), "list_tasks");
  });

  await t.test("sees the end of a long answer", async () => {
    const end = page.locator(".message.assistant").last().locator(".message-note");
    const [note, pane] = [
      await end.boundingBox(),
      await page.locator(".chat-scroll").boundingBox(),
    ];
    assert.ok(note.y + note.height <= pane.y + pane.height, "the answer's end is below the fold");
  });

  await t.test("completes the first task", async () => {
    await say(page, "Mark the first task as complete");
    await gone(page, /^buy groceries$/i);
    await page.getByRole("button", { name: "Done", exact: true }).click();
    await page.locator('.task[data-done="true"]').waitFor();
    assert.equal(await row(page, /^buy groceries$/i).count(), 1);
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await row(page, /^water the plants$/i).waitFor();
  });

  await t.test("updates a task", async () => {
    await say(page, "Change the priority of call the dentist to high");
    await row(page, /^call the dentist$/i)
      .getByText("High")
      .waitFor();
    await say(page, "Rename call the dentist to see the dentist");
    await row(page, /^see the dentist$/i).waitFor();
    await gone(page, /^call the dentist$/i);
  });

  await t.test("deletes the last task", async () => {
    const answer = await say(page, "Delete the last task");
    assert.equal(await answer.locator('.card[data-tool="delete_task"]').count(), 1);
    await page.waitForFunction(() => document.querySelectorAll(".task").length === 1);
  });

  await t.test("finds the conversation again after a reload", async () => {
    const told = await page.locator(".said").allInnerTexts();
    const cards = await page.locator(".card").count();
    await page.reload();
    await page.waitForFunction(
      (count) => document.querySelectorAll(".said").length === count,
      told.length,
    );
    assert.deepEqual(await page.locator(".said").allInnerTexts(), told);
    assert.equal(await page.locator(".card").count(), cards);
    assert.match(await page.locator(".message-note").first().innerText(), /^Answered by/);
  });

  await t.test("begins a new conversation and goes back to the old one", async () => {
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("heading", { name: /, Ada/ }).waitFor();
    await say(page, "What is due tomorrow?");
    await page.waitForFunction(
      () => document.querySelectorAll(".sidebar .conversation").length === 2,
    );
    await page.locator(".sidebar .conversation").nth(1).click();
    await page.locator(".said", { hasText: "Add a task to buy groceries" }).waitFor();
  });

  assert.deepEqual(page.complaints, [], "the console stays silent");
});

test("the end of an answer stays in view where the suggestions take three lines", async (t) => {
  const page = await open(await launch(t), { viewport: { width: 768, height: 700 } });
  await signUp(page);
  for (const thing of ["bread", "milk", "soap", "rice"])
    await say(page, `Add a task to buy ${thing}`);
  const answer = await say(page, "Show me all my tasks");
  const end = await answer.locator(".message-note").elementHandle();
  // Until the suggestions are back, and what appears has come to rest.
  await page.waitForTimeout(500);
  await page.waitForFunction((note) => {
    const pane = document.querySelector(".chat-scroll");
    return note.getBoundingClientRect().bottom <= pane.getBoundingClientRect().bottom;
  }, end);
});

// At any moment one of the two is on another date than UTC.
for (const timezoneId of ["Pacific/Kiritimati", "Pacific/Midway"]) {
  test(`tomorrow is the person's own in ${timezoneId}`, async (t) => {
    const page = await open(await launch(t), { timezoneId });
    await signUp(page);
    await say(page, "Add a task to call home tomorrow");
    await row(page, /^call home$/i)
      .getByText("Tomorrow")
      .waitFor();
  });
}
