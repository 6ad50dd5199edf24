// Two changes of the same task: what each changed, and where they disagree.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Task } from "../src/api/types.ts";
import { changesOf, conflictsOf, looksSame } from "../src/text/merge.ts";
import { differing, draftOf, EMPTY, valuesOf } from "../src/text/task-form.ts";

const task = (change: Partial<Task> = {}): Task => ({
  id: "1",
  title: "Buy milk",
  notes: "",
  due: null,
  priority: "medium",
  tags: ["home"],
  done: false,
  version: 1,
  created_at: "",
  updated_at: "",
  ...change,
});

test("only what differs is a change", () => {
  const draft = { ...draftOf(valuesOf(task())), title: "Buy bread" };
  assert.deepEqual(changesOf(task(), draft), { title: "Buy bread" });
  assert.deepEqual(changesOf(task(), draftOf(valuesOf(task()))), {});
  assert.deepEqual(changesOf(task(), { tags: ["home", "shop"] }), { tags: ["home", "shop"] });
});

for (const [name, mine, theirs, expected] of [
  ["different fields", { title: "A" }, { notes: "B" }, []],
  ["the same field", { title: "A" }, { title: "B", notes: "C" }, ["title"]],
  ["the same field to the same value", { title: "A" }, { title: "A" }, []],
  ["a list", { tags: ["a"] }, { tags: ["b"] }, ["tags"]],
  ["nothing but the version", { due: "2026-01-01" }, { version: 9 }, []],
] as const) {
  test(`conflicts: ${name}`, () => {
    const change = mine as Partial<Task>;
    assert.deepEqual(conflictsOf(task(), change, task(theirs as Partial<Task>)), expected);
  });
}

test("a task that only has another version looks the same", () => {
  assert.ok(looksSame(task(), task({ version: 7, updated_at: "later" })));
  assert.ok(!looksSame(task(), task({ done: true })));
});

test("a form says what it was filled with", () => {
  const full = task({ due: "2026-02-03", tags: ["a", "b"], notes: "n", priority: "high" });
  const { title, notes, due, priority, tags } = full;
  assert.deepEqual(draftOf(valuesOf(full)), { title, notes, due, priority, tags });
  assert.deepEqual(differing(valuesOf(full), EMPTY), ["title", "notes", "due", "priority", "tags"]);
});
