// Every screen, light and dark, on a phone, a tablet and a desk: no accessibility violation,
// nothing wider than the window, a silent console. With SHOTS=folder each screen is also kept as a
// picture.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import axe from "axe-core";
import { addTasks, api, BASE_URL, launch, open, say, signUp } from "./browser.mjs";

const SIZES = {
  phone: { width: 375, height: 760 },
  tablet: { width: 768, height: 1024 },
  desk: { width: 1280, height: 800 },
};
const DIALOGS = [
  ["Change password…", "password"],
  ["Keyboard shortcuts", "shortcuts"],
  ["Delete account…", "deletion"],
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function inspect(page, name) {
  await page.waitForTimeout(300);
  if (process.env.SHOTS) {
    await mkdir(process.env.SHOTS, { recursive: true });
    await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
  }
  // The debugger may run this where the page itself could not: the policy forbids scripts from
  // strings.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: tags }),
    RULES,
  );
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`,
  );
  assert.deepEqual(found, [], name);
  assert.deepEqual(await page.evaluate(clipped), [], `${name}: something is cut off`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the window`);
}

/** Controls that stick out of the window, and one-line texts in them that do not fit. */
function clipped() {
  const isSeen = (one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const controls = [...document.querySelectorAll("button, select, input, h1, h2, h3, label")];
  const found = controls.filter(isSeen).filter((one) => {
    const { left, right, width } = one.getBoundingClientRect();
    if (width <= 1 || one.closest(".visually-hidden, .skip")) return false;
    // On a phone the suggestions are pushed along with a finger.
    if (innerWidth < 720 && one.closest(".follow-ups")) return false;
    const isCut = one.matches("button, h1, h2, h3") && one.scrollWidth > one.clientWidth + 1;
    return left < -1 || right > innerWidth + 1 || isCut;
  });
  return found.map((one) => one.outerHTML.slice(0, 90));
}

async function visitAll(page, name, isPhone) {
  const show = async (tab) =>
    isPhone && page.locator(".tabs").getByRole("button", { name: tab }).click();
  await inspect(page, `login-${name}`);
  await signUp(page);
  await inspect(page, `empty-${name}`);
  await show("Tasks");
  await inspect(page, `empty-tasks-${name}`);
  await addTasks(
    page,
    "Send the invoice",
    "A title so long that it has to find its way through more than one line of the list",
  );
  await inspect(page, `tasks-${name}`);
  await page.getByRole("button", { name: "Filter and sort" }).click();
  await page.getByRole("button", { name: "Send the invoice", exact: true }).click();
  await inspect(page, `editing-${name}`);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete Send the invoice" }).click();
  await standsClear(page, "#new-task");
  await show("Chat");
  await standsClear(page, ".composer");
  await show("Tasks");
  await inspect(page, `deleted-${name}`);
  await show("Chat");
  await say(page, "Add a task to buy groceries tomorrow");
  await say(page, "Show me all my tasks");
  await inspect(page, `chat-${name}`);
  await page.getByRole("button", { name: /your account/ }).click();
  await inspect(page, `account-${name}`);
  for (const [entry, dialog] of DIALOGS) {
    if (!(await page.getByRole("button", { name: entry }).isVisible()))
      await page.getByRole("button", { name: /your account/ }).click();
    await page.getByRole("button", { name: entry }).click();
    await inspect(page, `${dialog}-${name}`);
    await page.keyboard.press("Escape");
  }
  if (await page.getByRole("button", { name: "Past conversations" }).isVisible()) {
    await page.getByRole("button", { name: "Past conversations" }).click();
    await inspect(page, `conversations-${name}`);
    await page.keyboard.press("Escape");
  }
  await withTroubles(page, name, show);
}

/** The rarer sights: a backend that is away, a task that waits, an edit that somebody else crossed. */
async function withTroubles(page, name, show) {
  await show("Tasks");
  const title =
    "A title so long that it has to find its way through more than one line of the list";
  await page.getByRole("button", { name: title, exact: true }).click();
  await page.getByLabel("Title", { exact: true }).fill("Mine");
  const { tasks } = await api(page, "GET", "/api/tasks?q=long");
  await api(page, "PATCH", `/api/tasks/${tasks[0].id}`, { title: "Theirs" });
  await page.getByLabel("Title", { exact: true }).press("Enter");
  await page.getByRole("button", { name: "Keep mine" }).waitFor();
  await page.route("**/api/tasks*", (route) =>
    route.fulfill({ status: 503, json: { error: { message: "The server is away." } } }),
  );
  await page.getByLabel("Title of the new task").fill("A task that waits for the server");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Discard" }).waitFor();
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.getByText("This page keeps trying.").waitFor();
  await inspect(page, `troubles-${name}`);
  await page.unroute("**/api/tasks*");
}

/** The browser itself logs each refusal that `withTroubles` provoked, the last ones after it. */
const isProvoked = (complaint) => /status of (412|503)/.test(complaint);

/** What was just done is said where it covers nothing that one types into. */
async function standsClear(page, selector) {
  const notice = await page.locator(".notice").boundingBox();
  const other = await page.locator(selector).boundingBox();
  const isApart =
    notice.x + notice.width <= other.x ||
    other.x + other.width <= notice.x ||
    notice.y + notice.height <= other.y ||
    other.y + other.height <= notice.y;
  assert.ok(isApart, `the notice covers ${selector}`);
}

for (const colorScheme of ["light", "dark"]) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`${size}, ${colorScheme}`, async (t) => {
      const page = await open(await launch(t), {
        viewport,
        colorScheme,
        hasTouch: size === "phone",
      });
      await visitAll(page, `${size}-${colorScheme}`, size === "phone");
      await page.goto(`${BASE_URL}/api/docs`);
      await page.getByRole("heading", { name: "PATCH /api/tasks/{id}" }).waitFor();
      await inspect(page, `docs-${size}-${colorScheme}`);
      const complaints = page.complaints.filter((text) => !isProvoked(text));
      assert.deepEqual(complaints, [], "the console stays silent");
    });
  }
}

test("a chosen theme stays after a reload", async (t) => {
  const page = await open(await launch(t), { colorScheme: "light" });
  await signUp(page);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: /Theme: as the system/ }).click();
  await page.getByRole("button", { name: "Theme: light" }).click();
  const dark = await background();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await background(), dark);
});
