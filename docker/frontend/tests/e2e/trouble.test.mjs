// What the page says and does when something goes wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addTasks, launch, open, PASSWORD, pass, row, say, signUp, stranger } from "./browser.mjs";

test("a wrong password and a taken address are explained", async (t) => {
  const browser = await launch(t);
  const page = await open(browser);
  const person = await signUp(page);
  const other = await open(browser);
  await other.getByLabel("Email").fill(person.email);
  await other.getByLabel("Password", { exact: true }).fill("not the password");
  await other.getByRole("button", { name: "Log in" }).click();
  assert.match(await other.getByRole("alert").innerText(), /wrong/);
  await other.getByRole("button", { name: "Create an account" }).click();
  await other.getByLabel("Name").fill("Ada");
  await other.getByLabel("Email").fill(person.email);
  await other.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await other.getByRole("button", { name: "Create account" }).click();
  assert.ok((await other.getByRole("alert").innerText()).length > 10);
});

test("a failed answer can be asked for again", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await page.route("**/api/chat", (route) => route.abort("connectionrefused"), { times: 1 });
  const failed = await say(page, "Add a task to try again");
  assert.match(await failed.innerText(), /cannot be reached/);
  await failed.getByRole("button", { name: "Try again" }).click();
  await row(page, /^try again$/i).waitFor();
  assert.equal(await page.locator(".said").count(), 1, "the question is not said twice");
});

test("an answer that breaks off is taken up where it stopped", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  let resumedAfter;
  await page.route("**/api/chat", async (route) => {
    const response = await pass(route);
    const [first] = (await response.text()).split("\n\n");
    await route.fulfill({ response, body: `${first}\n\n` });
  });
  page.on("request", (request) => {
    if (request.url().endsWith("/events")) resumedAfter = request.headers()["last-event-id"];
  });
  const answer = await say(page, "Add a task to hold the line");
  assert.match(resumedAfter ?? "", /:1$/, "the page asked for what followed the first event");
  assert.equal(await answer.locator('.card[data-state="done"]').count(), 1);
  await page.waitForFunction(() => document.querySelectorAll(".task").length === 1);
});

test("a server that is ending is not asked over and over", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await page.route("**/api/chat", async (route) => {
    const response = await pass(route);
    await route.fulfill({ response, body: "" });
  });
  let asked = 0;
  await page.route("**/events", (route) =>
    ++asked <= 2 ? route.fulfill({ contentType: "text/event-stream", body: "" }) : route.continue(),
  );
  const begun = Date.now();
  const answer = await say(page, "Add a task to be patient");
  assert.ok(Date.now() - begun > 2_000, "it waited between its questions");
  assert.equal(await answer.locator('.card[data-state="done"]').count(), 1);
});

test("after an answer that failed half-way the conversation goes on, and undo works", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  const failure = { code: "timeout", message: "Then something went wrong." };
  await page.route(
    "**/api/chat",
    async (route) => {
      const response = await pass(route);
      await route.fulfill({
        response,
        body: `id: 1\nevent: error\ndata: ${JSON.stringify(failure)}\n\n`,
      });
    },
    { times: 1 },
  );
  const failed = await say(page, "Add a task to think twice");
  assert.match(await failed.innerText(), /something went wrong/);
  const undone = await say(page, "undo");
  assert.match(await undone.innerText(), /Undone/);
  assert.equal(await page.locator(".sidebar .conversation").count(), 1);
});

test("an answer that has not begun can be stopped", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await page.route("**/api/chat", () => {}, { times: 1 });
  await page.getByLabel("Message").fill("Show me all my tasks");
  await page.getByLabel("Message").press("Enter");
  await page.getByRole("button", { name: "Stop answering" }).click();
  await page.getByText(/^Stopped\./).waitFor();
  assert.equal(await page.getByLabel("Message").isEditable(), true);
});

test("with the backend away it is said once, and everything comes back by itself", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, "Still here");
  await say(page, "Show me all my tasks");
  await page.route("**/api/**", (route) => route.abort("connectionrefused"));
  await page.reload();
  await page.getByText("The server cannot be reached. This page keeps trying.").waitFor();
  assert.equal(await page.getByText(/cannot be reached/).count(), 1, "it is said once");
  assert.equal(await page.getByText(/could not be loaded/).count(), 0);
  assert.equal(await page.getByRole("heading", { name: /, Ada/ }).count(), 0, "nothing is made up");
  await page.unroute("**/api/**");
  await row(page, "Still here").waitFor();
  await page.locator(".said", { hasText: "Show me all my tasks" }).waitFor();
  await page.locator(".sidebar .conversation").waitFor();
  await page.getByText(/cannot be reached/).waitFor({ state: "detached" });
});

test("a backend that goes away while the page is open leaves what is shown", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, "Still here");
  const away = (route) => route.fulfill({ status: 502, json: { error: { message: "Away." } } });
  await page.route("**/api/tasks?*", away);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.getByText("Away. This page keeps trying.").waitFor();
  await row(page, "Still here").waitFor();
  const button = page.getByRole("button", { name: "Try now" });
  await button.waitFor();
  await page.unroute("**/api/tasks?*");
  // The page also tries by itself, perhaps before anybody can press it.
  const gone = page.getByText(/^Away\./).waitFor({ state: "detached" });
  await Promise.race([button.click().catch(() => {}), gone]);
  await gone;
});

test("a list that the server refuses says why", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, "Still here");
  const refuse = (route) => route.fulfill({ status: 400, json: { error: { message: "No." } } });
  await page.route("**/api/tasks?*", refuse);
  await page.reload();
  await page.getByText("Your tasks could not be loaded.").waitFor();
  await page.unroute("**/api/tasks?*");
  await page.locator(".tasks").getByRole("button", { name: "Try again" }).click();
  await row(page, "Still here").waitFor();
});

test("a change that the server refuses is taken back", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, "Stubborn");
  await page.route("**/api/tasks/*", (route) =>
    route.fulfill({ status: 503, json: { error: { message: "Not now." } } }),
  );
  await page.getByLabel("Done: Stubborn").click();
  await page.getByText("Not now.").waitFor();
  assert.equal(await page.getByLabel("Done: Stubborn").isChecked(), false);
});

test("without a network the page says so", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await page.context().setOffline(true);
  await page.getByText("You are offline. What you see may be out of date.").waitFor();
  await page.getByLabel("Message").fill("hello");
  assert.equal(await page.getByRole("button", { name: "Send" }).isDisabled(), true);
  await page.context().setOffline(false);
  await page
    .getByText("You are offline. What you see may be out of date.")
    .waitFor({ state: "detached" });
});

test("a session that has ended leads to the log-in", async (t) => {
  const page = await open(await launch(t));
  await signUp(page, stranger());
  await page.context().clearCookies();
  await page.reload();
  await page.getByText("Your session has ended. Log in again to go on.").waitFor();
  await page.getByRole("button", { name: "Log in" }).waitFor();
});
