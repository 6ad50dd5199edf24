// What one does with past conversations, and the keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, open, openTab, row, say, signUp } from "./browser.mjs";

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
  assert.match(await titles.innerText(), /apples/);

  await list.getByRole("button", { name: /^Rename/ }).click();
  await list.getByLabel("Title of the conversation").fill("Fruit");
  await page.keyboard.press("Escape");
  assert.match(await titles.innerText(), /apples/);
  await list.getByRole("button", { name: /^Rename/ }).click();
  await list.getByLabel("Title of the conversation").fill("Fruit");
  await page.keyboard.press("Enter");
  await list.getByRole("button", { name: "Rename Fruit" }).waitFor();
  await list.getByPlaceholder("Search conversations").fill("");
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
