// Nothing that was typed is ever lost: while a request runs, when another row is opened, on a reload.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addTasks, launch, logIn, logOut, open, row, say, signUp } from "./browser.mjs";

const newTask = (page) => page.getByLabel("Title of the new task");
const title = (page) => page.getByLabel("Title", { exact: true });

/** Holds requests back until the function that it gives is called. */
async function hold(page, pattern, isMeant = () => true) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(pattern, async (route) => {
    if (isMeant(route.request())) await held;
    await route.continue();
  });
  return release;
}

test("a reload keeps what was typed", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, "Half done");
  await page.getByLabel("Message").fill("Remind me of");
  await newTask(page).fill("Buy a la");
  await page.getByRole("button", { name: "Due date, priority and more" }).click();
  await page.getByRole("form", { name: "New task" }).getByLabel("Priority").selectOption("High");
  await page.getByRole("button", { name: "Half done", exact: true }).click();
  await title(page).fill("Half done and more");
  await page.reload();
  await title(page).waitFor();
  assert.equal(await title(page).inputValue(), "Half done and more");
  assert.equal(await newTask(page).inputValue(), "Buy a la");
  const form = page.getByRole("form", { name: "New task" });
  assert.equal(await form.getByLabel("Priority").inputValue(), "high");
  assert.equal(await page.getByLabel("Message").inputValue(), "Remind me of");
  await title(page).press("Enter");
  await row(page, "Half done and more").waitFor();
  await page.reload();
  await row(page, "Half done and more").waitFor();
  assert.equal(await title(page).count(), 0, "what was saved is no draft");
});

test("a log-out throws drafts away, for whoever sits here next", async (t) => {
  const page = await open(await launch(t));
  const person = await signUp(page);
  await page.getByLabel("Message").fill("A secret");
  await logOut(page);
  const kept = await page.evaluate(() => JSON.stringify(localStorage));
  assert.ok(!kept.includes("A secret"), kept);
  await logIn(page, person);
  assert.equal(await page.getByLabel("Message").inputValue(), "");
});

test("tasks are typed faster than they are added", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  const release = await hold(page, "**/api/tasks", (request) => request.method() === "POST");
  await newTask(page).fill("First");
  await newTask(page).press("Enter");
  await newTask(page).pressSequentially("Second");
  await page.getByText("Adding…").waitFor();
  release();
  await row(page, "First").waitFor();
  assert.equal(await newTask(page).inputValue(), "Second");
  await newTask(page).press("Enter");
  await row(page, "Second").waitFor();
});

test("a task that does not get through waits, also over a reload", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  const refuse = (route) =>
    route.request().method() === "POST"
      ? route.fulfill({ status: 503, json: { error: { message: "Not now." } } })
      : route.continue();
  await page.route("**/api/tasks", refuse);
  await newTask(page).fill("Patience");
  await newTask(page).press("Enter");
  const waiting = page.getByRole("list", { name: "Not yet added" });
  await waiting.getByText("Not now.").waitFor();
  await page.reload();
  await waiting.getByText("Patience").waitFor();
  await page.unroute("**/api/tasks", refuse);
  await waiting.getByRole("button", { name: "Try again" }).click();
  await row(page, "Patience").waitFor();
  await waiting.waitFor({ state: "detached" });
});

test("what is said while an answer is made stays in its field", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  const release = await hold(page, "**/api/chat");
  await page.getByLabel("Message").fill("Add a task to wait");
  await page.getByLabel("Message").press("Enter");
  await page.getByLabel("Message").fill("and then");
  await page.getByLabel("Message").press("Enter");
  release();
  await row(page, /^wait$/i).waitFor();
  assert.equal(await page.getByLabel("Message").inputValue(), "and then");
});

test("a message that never got through is back in its field after a reload", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await page.route("**/api/chat", (route) => route.abort("connectionrefused"));
  await say(page, "Add a task to come back");
  await page.reload();
  await page.waitForFunction(
    () => document.getElementById("composer")?.value === "Add a task to come back",
  );
});

test("an unsaved edit stays open when another row is opened", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, "One", "Two", "Three");
  await page.getByRole("button", { name: "One", exact: true }).click();
  await title(page).fill("One, changed");
  await page.getByRole("button", { name: "Two", exact: true }).click();
  const changed = page.getByRole("form", { name: "Edit One" });
  assert.equal(await changed.getByLabel("Title", { exact: true }).inputValue(), "One, changed");
  await page.getByRole("button", { name: "Three", exact: true }).click();
  await page.getByRole("form", { name: "Edit Two" }).waitFor({ state: "detached" });
  await page.getByPlaceholder("Search", { exact: true }).fill("nothing like it");
  await page.getByRole("region", { name: "Unsaved changes" }).waitFor();
  assert.equal(await changed.getByLabel("Title", { exact: true }).inputValue(), "One, changed");
  await changed.getByRole("button", { name: "Save" }).click();
  await changed.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await row(page, "One, changed").waitFor();
});

test("what is typed into an edit while it is being saved is kept", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, "Draft");
  const release = await hold(page, "**/api/tasks/*");
  await page.getByRole("button", { name: "Draft", exact: true }).click();
  await title(page).fill("Draft two");
  await title(page).press("Enter");
  await page.getByRole("button", { name: "Saving…" }).waitFor();
  await page.getByRole("form", { name: /Edit/ }).getByLabel("Notes").fill("later");
  release();
  await page.getByRole("form", { name: "Edit Draft two" }).waitFor();
  const form = page.getByRole("form", { name: "Edit Draft two" });
  assert.equal(await form.getByLabel("Notes").inputValue(), "later");
  await form.getByRole("button", { name: "Save" }).click();
  await row(page, "Draft two").getByText("later").waitFor();
});
