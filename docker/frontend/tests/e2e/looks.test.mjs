// Every screen, light and dark, on a phone, a tablet and a desk: no accessibility violation,
// nothing wider than the window, a silent console. With SHOTS=folder each screen is also kept as a
// picture.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import axe from "axe-core";
import { addTasks, BASE_URL, launch, open, say, signUp } from "./browser.mjs";

const SIZES = {
  phone: { width: 375, height: 760 },
  tablet: { width: 768, height: 1024 },
  desk: { width: 1280, height: 800 },
};
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
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the window`);
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
  await inspect(page, `deleted-${name}`);
  await show("Chat");
  await say(page, "Add a task to buy groceries tomorrow");
  await say(page, "Show me all my tasks");
  await inspect(page, `chat-${name}`);
  await page.getByRole("button", { name: /your account/ }).click();
  await inspect(page, `account-${name}`);
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
      assert.deepEqual(page.complaints, [], "the console stays silent");
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
