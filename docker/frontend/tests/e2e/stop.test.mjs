// Stop reaches the server, which says what was done; the list shows it.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { launch, open, say, signUp } from "./browser.mjs";

/** A chat whose answer is under way until `finish` ends it; the page reaches it by interception. */
async function slowChat(t, conversation) {
  let answer;
  const server = createServer((_, response) => {
    answer = response;
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "access-control-allow-origin": "*",
      "x-conversation-id": conversation,
      "x-stream-id": "of-this-test",
    });
    response.write(event("tool_call", { id: "1", name: "delete_task", arguments: {} }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    finish: (reply) =>
      answer.end(event("done", { conversation_id: conversation, brain: "rules", reply })),
  };
}

test("Stop reaches the turn, and the answer says what was done", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await say(page, "Show me all my tasks");
  const id = new URL(page.url()).searchParams.get("conversation");
  const chat = await slowChat(t, id);
  await page.route("**/api/chat", (route) => route.continue({ url: chat.url }));
  let cancelled;
  await page.route("**/cancel", async (route) => {
    cancelled = new URL(route.request().url()).pathname;
    await route.fulfill({ status: 202, json: {} });
  });
  await page.getByLabel("Message").fill("Delete all my tasks");
  await page.getByLabel("Message").press("Enter");
  await page.locator('.card[data-state="running"]').waitFor();
  await page.getByLabel("Message").fill("typed meanwhile");
  await page.getByRole("button", { name: "Stop answering" }).click();
  await page.getByText("Stopping…").waitFor();
  const reloaded = page.waitForRequest(/\/api\/tasks\?/);
  chat.finish("Stopped: I had deleted 12 of 150 tasks.");
  await page.locator(".rich", { hasText: "Stopped: I had deleted 12 of 150 tasks." }).waitFor();
  await reloaded;
  assert.equal(cancelled, `/api/conversations/${id}/cancel`);
  assert.equal(await page.getByLabel("Message").inputValue(), "typed meanwhile");
});

test("a server that cannot be told is left alone, and the list is loaded anew", async (t) => {
  const page = await open(await launch(t));
  await signUp(page);
  await say(page, "Show me all my tasks");
  const chat = await slowChat(t, new URL(page.url()).searchParams.get("conversation"));
  await page.route("**/api/chat", (route) => route.continue({ url: chat.url }));
  await page.route("**/cancel", (route) => route.abort("connectionrefused"));
  await page.getByLabel("Message").fill("Delete all my tasks");
  await page.getByLabel("Message").press("Enter");
  await page.locator('.card[data-state="running"]').waitFor();
  const reloaded = page.waitForRequest(/\/api\/tasks\?/);
  await page.getByLabel("Message").press("Escape");
  await page.getByText("Stopped. What was done until then is on your list.").waitFor();
  await reloaded;
});
