// Headings, and which of their numbers are known while more rows are to come.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Task } from "../src/api/types.ts";
import { groupTasks } from "../src/tasks/groups.ts";

const DAY = "2026-03-10";
const task = (due: string | null, done = false) => ({ id: `${due}`, due, done }) as unknown as Task;
const TASKS = [task("2026-03-01"), task(DAY), task("2026-03-12"), task("2026-05-01"), task(null)];

const headings = (view: "open" | "all" | "done", hasMore: boolean, tasks = TASKS) =>
  groupTasks(tasks, { sort: "due", view }, DAY, hasMore).map(({ key, isWhole }) => [key, isWhole]);

test("a whole list knows all its numbers", () => {
  const expected = ["late", "today", "soon", "later", "someday"].map((key) => [key, true]);
  assert.deepEqual(headings("open", false), expected);
});

test("of the last heading, more may come", () => {
  assert.deepEqual(headings("open", true).at(-1), ["someday", false]);
  assert.deepEqual(headings("open", true).at(0), ["late", true]);
  assert.deepEqual(headings("open", true, TASKS.slice(0, 2)).at(-1), ["today", false]);
});

test("done tasks come from all days, so their number is known at the end only", () => {
  const mixed = [task("2026-03-01", true), ...TASKS];
  assert.deepEqual(headings("all", true, mixed).at(-1), ["done", false]);
  assert.deepEqual(headings("all", false, mixed).at(-1), ["done", true]);
  assert.deepEqual(headings("done", true, mixed), [["all", false]]);
});
