// The menu of the account, what one does with past conversations, and the keys.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import {
  addTasks,
  launch,
  logIn,
  logOut,
  open,
  openTab,
  PASSWORD,
  row,
  say,
  signUp,
} from "./browser.mjs";

async function choose(page, entry) {
  await page.getByRole("button", { name: /your account/ }).click();
  await page.getByRole("button", { name: entry }).click();
}

test("a person changes their password", async (t) => {
  const page = await open(await launch(t));
  const person = await signUp(page);
  await choose(page, "Change password…");
  const dialog = page.getByRole("dialog", { name: "Change password" });
  await dialog.getByLabel("Current password", { exact: true }).fill("not it");
  await dialog.getByLabel("New password", { exact: true }).fill("another horse battery");
  await dialog.getByRole("button", { name: "Change password" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Current password", { exact: true }).fill(PASSWORD);
  await dialog.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Your password is changed.").waitFor();
  await logOut(page);
  await logIn(page, { ...person, password: "another horse battery" });
});

test("a person takes their data along", async (t) => {
  const page = await open(await launch(t));
  const { email } = await signUp(page);
  await addTasks(page, "Pack");
  await say(page, "Show me all my tasks");
  const download = page.waitForEvent("download");
  await choose(page, "Export my data");
  const file = await download;
  assert.match(file.suggestedFilename(), /^saydone-\d{4}-\d\d-\d\d\.json$/);
  const data = JSON.parse(await readFile(await file.path(), "utf8"));
  assert.equal(data.user.email, email);
  assert.equal(data.tasks[0].title, "Pack");
  assert.equal(data.conversations[0].messages[0].content, "Show me all my tasks");
});

test("a person logs out everywhere", async (t) => {
  const browser = await launch(t);
  const page = await open(browser);
  const person = await signUp(page);
  const elsewhere = await open(browser);
  await logIn(elsewhere, person);
  await choose(page, "Log out everywhere");
  await page.getByText("You are logged out everywhere.").waitFor();
  // It learns of it with its next call, unless its first ones were still under way.
  await elsewhere.evaluate(() => dispatchEvent(new Event("online")));
  await elsewhere.getByText("Your session has ended.").waitFor();
});

test("a person deletes their account", async (t) => {
  const page = await open(await launch(t));
  const { email } = await signUp(page);
  await choose(page, "Delete account…");
  const dialog = page.getByRole("dialog", { name: "Delete your account" });
  await dialog.getByLabel("Password", { exact: true }).fill("not it at all");
  await dialog.getByRole("button", { name: "Delete my account" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await dialog.getByRole("button", { name: "Delete my account" }).click();
  await page.getByText("Your account is deleted, with everything in it.").waitFor();
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("alert").waitFor();
});

test("conversations are searched, renamed and deleted", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await say(page, "Add a task to buy apples");
  await page.getByRole("button", { name: "New conversation" }).click();
  await say(page, "Add a task to buy pears");
  const list = page.locator(".sidebar");
  const titles = list.locator(".conversation-title");
  await list.getByPlaceholder("Search conversations").fill("apples");
  await page.waitForFunction(
    () => document.querySelectorAll(".sidebar .conversation").length === 1,
  );
  assert.match(await titles.textContent(), /apples/);

  await list.getByRole("button", { name: /^Rename/ }).click();
  await list.getByLabel("Title of the conversation").fill("Fruit");
  await page.keyboard.press("Escape");
  assert.match(await titles.textContent(), /apples/);
  await list.getByRole("button", { name: /^Rename/ }).click();
  await list.getByLabel("Title of the conversation").fill("Fruit");
  await page.keyboard.press("Enter");
  await list.getByRole("button", { name: "Rename Fruit" }).waitFor();
  await list.getByPlaceholder("Search conversations").fill("");
  // The page that is left has said it, but it may be heard after the next one has asked.
  await page.reload();
  await page.waitForFunction(async () =>
    (await (await fetch("/api/conversations")).text()).includes('"Fruit"'),
  );
  await page.reload();
  await list.getByRole("button", { name: "Rename Fruit" }).waitFor();

  await list.getByRole("button", { name: "Delete Fruit" }).click();
  await titles.filter({ hasText: "Fruit" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await titles.filter({ hasText: "Fruit" }).waitFor();
  await list.getByRole("button", { name: "Delete Fruit" }).click();
  const other = await openTab(page.context());
  await page.reload();
  await titles.filter({ hasText: "pears" }).waitFor();
  assert.equal(await titles.filter({ hasText: "Fruit" }).count(), 0);
  await other.locator(".sidebar .conversation-title", { hasText: "pears" }).waitFor();
});

test("deleting the open conversation begins a new one", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await say(page, "Show me all my tasks");
  await page
    .locator(".sidebar")
    .getByRole("button", { name: /^Delete/ })
    .click();
  await page.getByRole("heading", { name: /, Ada/ }).waitFor();
});

test("keys lead to the search, a new task, and what keys there are", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  const has = (id) => page.waitForFunction((name) => document.activeElement?.id === name, id);
  const blur = () => page.evaluate(() => document.activeElement?.blur());
  await page.getByLabel("Message").pressSequentially("n/?");
  assert.equal(await page.getByLabel("Message").inputValue(), "n/?", "in a field they are letters");
  await blur();
  await page.keyboard.press("/");
  await has("search-tasks");
  await blur();
  await page.keyboard.press("n");
  await has("new-task");
  assert.equal(await page.getByLabel("Title of the new task").inputValue(), "");
  await blur();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await dialog.waitFor();
  await page.keyboard.press("n");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.keyboard.press("Control+k");
  await has("composer");
});

test("on a phone the key for a new task shows the tasks first", async (t) => {
  const page = await open(await launch(t), { viewport: { width: 375, height: 760 } });
  await signUp(page);
  await page.keyboard.press("n");
  await page.getByLabel("Title of the new task").pressSequentially("From afar");
  await page.keyboard.press("Enter");
  await row(page, "From afar").waitFor();
});
