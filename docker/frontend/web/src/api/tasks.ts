// The calls on tasks.
import { call, send } from "./http.ts";
import type { Task, TaskDraft, TaskPage } from "./types.ts";

export const listTasks = (query: URLSearchParams) => call<TaskPage>("GET", `/api/tasks?${query}`);

export const createTask = (draft: TaskDraft) => call<Task>("POST", "/api/tasks", draft);

export const changeTask = (id: string, change: Partial<TaskDraft & { done: boolean }>) =>
  call<Task>("PATCH", `/api/tasks/${encodeURIComponent(id)}`, change);

/** Outlives the page, so that a deletion is not lost when the tab closes. */
export const deleteTask = (id: string) =>
  send("DELETE", `/api/tasks/${encodeURIComponent(id)}`, undefined, { keepalive: true });
