// What is on the screen stands in the address: it can be reloaded, gone back to, and opened anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addTasks, launch, open, openTab, row, say, signUp } from "./browser.mjs";

const isPressed = (page, name) =>
  page.waitForFunction(
    (text) => document.querySelector('.segmented [aria-pressed="true"]')?.textContent === text,
    name,
  );

test("views and filters stay after a reload, and Back takes them back one by one", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, "Apples", "Zebra crossing");
  await page.getByRole("button", { name: "All", exact: true }).click();
  await page.getByPlaceholder("Search", { exact: true }).pressSequentially("zeb");
  await row(page, "Apples").waitFor({ state: "detached" });
  await page.reload();
  await row(page, "Zebra crossing").waitFor();
  assert.equal(await row(page, "Apples").count(), 0);
  assert.equal(await page.getByPlaceholder("Search", { exact: true }).inputValue(), "zeb");
  await page.goBack();
  await row(page, "Apples").waitFor();
  assert.equal(await page.getByPlaceholder("Search", { exact: true }).inputValue(), "");
  await isPressed(page, "All");
  await page.goBack();
  await isPressed(page, "Open");
  await page.goForward();
  await isPressed(page, "All");
});

test("conversations are places one can go back to", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await say(page, "Add a task to buy apples");
  await page.getByRole("button", { name: "New conversation" }).click();
  await page.getByRole("heading", { name: /, Ada/ }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: /, Ada/ }).waitFor();
  await say(page, "Add a task to buy pears");
  const address = page.url();
  await page.goBack();
  await page.locator(".said", { hasText: "apples" }).waitFor();
  await page.goForward();
  await page.locator(".said", { hasText: "pears" }).waitFor();
  assert.equal(page.url(), address);
  const other = await openTab(page.context(), new URL(address).search);
  await other.locator(".said", { hasText: "pears" }).waitFor();
});

test("a conversation that is not there says so", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await page.goto(
    `${new URL(page.url()).origin}/?conversation=6f1c7b5e-0000-4000-8000-000000000000`,
  );
  await page.getByText("This conversation is no longer there.").waitFor();
  await page.locator(".chat").getByRole("button", { name: "New conversation" }).click();
  await page.getByRole("heading", { name: /, Ada/ }).waitFor();
});

test("an address that makes no sense shows the usual list", async (t) => {
  const page = await open(await launch(t), { at: "/?view=nothing&sort=7&priority=huge&due=x" });
  await signUp(page);
  await addTasks(page, "Still here");
  await isPressed(page, "Open");
});

test("on a phone Back leads from the tasks to the chat", async (t) => {
  const page = await open(await launch(t), { viewport: { width: 375, height: 760 } });
  await signUp(page);
  await page.locator(".tabs").getByRole("button", { name: "Tasks" }).click();
  await page.getByLabel("Title of the new task").waitFor();
  await page.reload();
  await page.getByLabel("Title of the new task").waitFor();
  await page.goBack();
  await page.getByLabel("Message").waitFor();
});
