// The calls on tasks.
import { call, send } from "./http.ts";
import type { Page } from "./pages.ts";
import type { Task, TaskChange, TaskCounts, TaskDraft } from "./types.ts";

const path = (id: string) => `/api/tasks/${encodeURIComponent(id)}`;
/** The change is refused with 412 if the task is no longer at this version. */
const onto = (version: number) => ({ headers: { "if-match": `"${version}"` } });

export interface TaskPage extends Page<Task> {
  /** How many match the query. */
  total: number;
  /** How many the account has, whatever the query. */
  counts: TaskCounts;
}

export async function listTasks(query: URLSearchParams): Promise<TaskPage> {
  type Answer = Omit<TaskPage, "rows"> & { tasks: Task[] };
  const { tasks, ...page } = await call<Answer>("GET", `/api/tasks?${query}`);
  return { rows: tasks, ...page };
}

export const loadTask = (id: string) => call<Task>("GET", path(id));

/** Outlives the page, so that a task is not lost when the tab closes. */
export const createTask = (draft: TaskDraft) =>
  call<Task>("POST", "/api/tasks", draft, { keepalive: true });

/** Outlives the page, so that a change is not lost when the tab closes. */
export const changeTask = (id: string, change: TaskChange, version: number) =>
  call<Task>("PATCH", path(id), change, { keepalive: true, ...onto(version) });

/** Outlives the page, so that a deletion is not lost when the tab closes. */
export const deleteTask = (id: string, version: number) =>
  send("DELETE", path(id), undefined, { keepalive: true, ...onto(version) });
