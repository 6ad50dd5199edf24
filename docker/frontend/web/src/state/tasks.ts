// The list of tasks as it is shown, and every change to it. Changes show at once and are taken back
// if the server refuses.
import { computed, effect, signal, untracked } from "@preact/signals";
import * as api from "../api/tasks.ts";
import type { Task, TaskDraft } from "../api/types.ts";
import { filters, toQuery } from "./filters.ts";
import { complain } from "./notice.ts";
import { onEnd, user } from "./session.ts";

type Loading = { kind: "loading" } | { kind: "ready" } | { kind: "failed"; error: unknown };

const loaded = signal<Task[]>([]);
export const loading = signal<Loading>({ kind: "loading" });
export const next = signal<string | null>(null);
/** Deleted on the page, but still to be deleted on the server: they can be brought back. */
export const hidden = signal<ReadonlySet<string>>(new Set());
/** Lately changed by the chat, to be pointed out. */
export const touched = signal<ReadonlySet<string>>(new Set());
export const knownTags = signal<readonly string[]>([]);

export const tasks = computed(() => loaded.value.filter((task) => !hidden.value.has(task.id)));

const TYPING_MS = 200;
let latest = 0;

/** Loads the first page; an answer that a newer question has overtaken is dropped. */
export async function refresh() {
  const mine = ++latest;
  try {
    const page = await api.listTasks(toQuery(filters.value, null));
    if (mine !== latest) return;
    put(page.tasks);
    next.value = page.next;
    loading.value = { kind: "ready" };
  } catch (error) {
    if (mine === latest) loading.value = { kind: "failed", error };
  }
}

export async function loadMore() {
  const mine = latest;
  try {
    const page = await api.listTasks(toQuery(filters.value, next.value));
    if (mine !== latest) return;
    put([...loaded.value, ...page.tasks]);
    next.value = page.next;
  } catch (error) {
    complain(error);
  }
}

/** Shows each task once: a new one may arrive both by itself and in a list that was under way. */
function put(list: Task[]) {
  loaded.value = [...new Map(list.map((task) => [task.id, task])).values()];
  const tags = new Set([...knownTags.value, ...list.flatMap((task) => task.tags)]);
  if (tags.size !== knownTags.value.length) knownTags.value = [...tags].sort();
}

function replace(task: Task) {
  put(loaded.value.map((other) => (other.id === task.id ? task : other)));
}

export async function create(draft: TaskDraft): Promise<Task> {
  const task = await api.createTask(draft);
  put([...loaded.value, task]);
  void refresh();
  return task;
}

export async function edit(task: Task, change: Partial<TaskDraft>): Promise<void> {
  replace(await api.changeTask(task.id, change));
}

/**
 * Ticks or unticks; the row stays where it is until the list is next loaded, so that nothing jumps.
 */
export async function tick(task: Task, done: boolean) {
  replace({ ...task, done });
  try {
    replace(await api.changeTask(task.id, { done }));
  } catch (error) {
    replace(task);
    complain(error);
  }
}

/** Points out what the chat has changed, once the list shows it. */
export async function touch(ids: string[]) {
  touched.value = new Set([...touched.value, ...ids]);
  await refresh();
  setTimeout(() => {
    touched.value = new Set([...touched.value].filter((id) => !ids.includes(id)));
  }, 2_500);
}

onEnd(() => {
  latest++;
  put([]);
  knownTags.value = [];
  next.value = null;
  hidden.value = new Set();
  loading.value = { kind: "loading" };
});

/** Loads the list on log-in and whenever the filters change, once typing has paused. */
effect(() => {
  void filters.value;
  if (!user.value) return;
  const typing = untracked(() => loading.value.kind === "ready");
  const timer = setTimeout(refresh, typing ? TYPING_MS : 0);
  return () => clearTimeout(timer);
});
