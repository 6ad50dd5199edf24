// A task that is changed here and elsewhere at the same time: no change is lost unasked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addTasks, api, launch, open, row, signUp } from "./browser.mjs";

const title = (page) => page.getByLabel("Title", { exact: true });

/** A page with one task whose editor is open, and how to change the task elsewhere. */
async function editing(t, name) {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, name);
  const { tasks } = await api(page, "GET", "/api/tasks");
  const change = (patch) => api(page, "PATCH", `/api/tasks/${tasks[0].id}`, patch);
  const now = () => api(page, "GET", `/api/tasks/${tasks[0].id}`);
  await page.getByRole("button", { name, exact: true }).click();
  return { page, change, now, id: tasks[0].id };
}

test("only what was changed is sent, onto the version that was seen", async (t) => {
  const { page } = await editing(t, "Plain");
  await title(page).fill("Plainer");
  const sent = page.waitForRequest((request) => request.method() === "PATCH");
  await title(page).press("Enter");
  const request = await sent;
  assert.deepEqual(request.postDataJSON(), { title: "Plainer" });
  assert.match((await request.allHeaders())["if-match"], /^"\d+"$/);
});

test("an edit that changes nothing sends nothing", async (t) => {
  const { page } = await editing(t, "Same");
  let sent = 0;
  page.on("request", (request) => request.method() === "PATCH" && sent++);
  await title(page).press("Enter");
  await row(page, "Same").waitFor();
  assert.equal(sent, 0);
});

test("changes of different fields are both kept", async (t) => {
  const { page, change, now } = await editing(t, "Ours");
  await title(page).fill("Ours together");
  await change({ notes: "from elsewhere" });
  await title(page).press("Enter");
  await row(page, "Ours together").getByText("from elsewhere").waitFor();
  const task = await now();
  assert.deepEqual([task.title, task.notes], ["Ours together", "from elsewhere"]);
});

test("of two changes of one field the person chooses: mine", async (t) => {
  const { page, change, now } = await editing(t, "Contested");
  await title(page).fill("Mine");
  await change({ title: "Theirs" });
  await title(page).press("Enter");
  await page.getByRole("alert").getByText("Theirs").waitFor();
  assert.equal(
    (await now()).title,
    "Theirs",
    "nothing is overwritten before the person has chosen",
  );
  await page.getByRole("button", { name: "Keep mine" }).click();
  await row(page, "Mine").waitFor();
  assert.equal((await now()).title, "Mine");
});

test("of two changes of one field the person chooses: theirs, and the rest is saved", async (t) => {
  const { page, change, now } = await editing(t, "Contested");
  await title(page).fill("Mine");
  await page.getByRole("form", { name: /Edit/ }).getByLabel("Notes").fill("my notes");
  await change({ title: "Theirs" });
  await title(page).press("Enter");
  await page.getByRole("button", { name: "Take that" }).click();
  await row(page, "Theirs").getByText("my notes").waitFor();
  assert.equal((await now()).notes, "my notes");
});

test("a tick does not undo a change made elsewhere", async (t) => {
  const { page, change, now } = await editing(t, "Ticked");
  await page.keyboard.press("Escape");
  await change({ title: "Ticked elsewhere" });
  await page.getByLabel(/^Done: Ticked/).click();
  await page.getByRole("button", { name: "Done", exact: true }).click();
  await row(page, "Ticked elsewhere").waitFor();
  const task = await now();
  assert.deepEqual([task.title, task.done], ["Ticked elsewhere", true]);
});

test("a list that is loaded while a tick is on its way shows it all the same", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await addTasks(page, "Slow");
  const { promise: isListed, resolve: listed } = Promise.withResolvers();
  await page.route("**/api/tasks/*", async (route) => {
    await isListed;
    await route.continue();
  });
  await page.getByLabel("Done: Slow").click();
  await page.getByRole("button", { name: "Done", exact: true }).click();
  await row(page, "Slow").waitFor({ state: "detached" });
  listed();
  await row(page, "Slow").waitFor();
});

test("what was changed elsewhere is not deleted unseen", async (t) => {
  const { page, change, now } = await editing(t, "Doomed");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete Doomed" }).click();
  await change({ title: "Precious" });
  await page.getByText(/was changed elsewhere meanwhile, so it is still here/).waitFor();
  await row(page, "Precious").waitFor();
  assert.equal((await now()).title, "Precious");
});

test("an edit of a task that was deleted elsewhere can become a new one", async (t) => {
  const { page, id } = await editing(t, "Gone");
  await title(page).fill("Gone, but not my words");
  await api(page, "DELETE", `/api/tasks/${id}`);
  await title(page).press("Enter");
  await page.getByRole("button", { name: "Add it as a new task" }).click();
  await row(page, "Gone, but not my words").waitFor();
});
