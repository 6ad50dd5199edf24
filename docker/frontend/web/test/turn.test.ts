// How the events of an answer become a message.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatEvent } from "../src/api/chat.ts";
import { wordingOf } from "../src/chat/tool-words.ts";
import {
  apply,
  fromHistory,
  type Message,
  markStopping,
  message,
  needsYes,
  refusal,
  stop,
  tasksIn,
} from "../src/state/turn.ts";

const receive = (...events: ChatEvent[]): Message =>
  events.reduce(apply, message("assistant", "", "waiting"));
const call: ChatEvent = { kind: "tool_call", id: "1", name: "add_task", arguments: { title: "x" } };
const result = (value: unknown, is_error = false): ChatEvent => ({
  kind: "tool_result",
  id: "1",
  name: "add_task",
  result: value,
  is_error,
});

test("an answer grows, calls a tool and ends", () => {
  const answer = receive(
    call,
    result({ task: { id: "t", title: "x" } }),
    { kind: "delta", text: "Added " },
    { kind: "resuming" },
    { kind: "delta", text: "x." },
    { kind: "done", conversation_id: "c", brain: "rules", reply: "Added x." },
  );
  assert.equal(answer.state, "done");
  assert.equal(answer.text, "Added x.");
  assert.equal(answer.brain, "rules");
  assert.deepEqual(
    answer.tools.map((tool) => [tool.name, tool.running, tool.is_error]),
    [["add_task", false, false]],
  );
});

test("the same call told twice is one card", () => {
  assert.equal(receive(call, call).tools.length, 1);
});

test("a tool that refuses says why, live and in the history", () => {
  const live = receive(call, result({ error: "There is no such task." }, true)).tools[0];
  assert.equal(live?.is_error, true);
  assert.equal(refusal(live?.result), "There is no such task.");
  const past = fromHistory({
    role: "assistant",
    content: "",
    brain: "rules",
    tool_calls: [{ name: "delete_task", arguments: {}, result: { error: "No." } }],
    created_at: "",
  });
  assert.equal(past.tools[0]?.is_error, true);
});

test("an answer that is stopped or fails leaves no tool spinning", () => {
  assert.deepEqual(stop(receive(call)).tools, []);
  const failed = receive(call, { kind: "error", code: "x", message: "Too slow." });
  assert.deepEqual([failed.state, failed.error, failed.tools], ["failed", "Too slow.", []]);
});

test("tasks are found in every form of result", () => {
  assert.equal(tasksIn({ tasks: [{ id: "a" }, { id: "b" }] }).length, 2);
  assert.equal(tasksIn({ deleted: { id: "a" } })[0]?.id, "a");
  assert.equal(tasksIn({ deleted: [{ id: "a" }, { id: "b" }] }).length, 2);
  assert.equal(tasksIn({ task: { id: "a" } }).length, 1);
  assert.deepEqual(tasksIn("nothing"), []);
});

test("a card says what was done, or that it waits for a yes", () => {
  const card = (name: string, value: unknown) => ({ ...tool, name, result: value });
  const tool = { id: "1", name: "", arguments: {}, running: false };
  const two = { tasks: [{ id: "a" }, { id: "b" }], total: 258 };
  assert.equal(wordingOf(card("list_tasks", two), "done").title, "Found 258 tasks");
  assert.equal(wordingOf(card("update_tasks", two), "done").title, "Changed 2 tasks");
  assert.equal(
    wordingOf(card("delete_tasks", { deleted: two.tasks }), "done").title,
    "Deleted 2 tasks",
  );
  assert.equal(wordingOf(card("delete_tasks", {}), "asking").title, "Waits for your yes");
  assert.ok(needsYes({ error: "Really?", needs_yes: true }));
  assert.ok(!needsYes({ error: "No." }));
});

test("an answer that is being stopped stays so until it ends", () => {
  const stopping = markStopping(receive(call));
  assert.equal(apply(stopping, { kind: "delta", text: "x" }).state, "stopping");
  const end: ChatEvent = { kind: "done", conversation_id: "c", brain: "rules", reply: "Stopped." };
  assert.equal(apply(stopping, end).state, "done");
});
