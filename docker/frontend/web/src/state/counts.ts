// How many tasks there are, as the server counts them, not as many as happen to be loaded.
import { signal } from "@preact/signals";
import { listTasks, type TaskPage } from "../api/tasks.ts";
import type { TaskCounts } from "../api/types.ts";
import { lateQuery } from "./filters.ts";
import { onEnd } from "./session.ts";

/** Of the whole account; null until the server has said. */
export const counts = signal<TaskCounts | null>(null);
/** How many match the filters. */
export const total = signal(0);
/** How many open tasks are overdue by the reader's calendar, which the server does not know. */
export const late = signal(0);

export function count(page: TaskPage) {
  counts.value = page.counts;
  total.value = page.total;
}

export async function refreshLate() {
  late.value = (await listTasks(lateQuery())).total;
}

/** Counts again after a change that leaves the rows where they are. */
export async function recount() {
  const [page] = await Promise.all([listTasks(new URLSearchParams({ limit: "1" })), refreshLate()]);
  counts.value = page.counts;
}

onEnd(() => {
  counts.value = null;
  total.value = 0;
  late.value = 0;
});
