// Deleting with a way back: the row goes at once, the server hears of it when the notice has gone.

import { ApiError } from "../api/http.ts";
import { deleteTask } from "../api/tasks.ts";
import type { Task } from "../api/types.ts";
import { complain, hide, show } from "./notice.ts";
import { beforeLeaving, onEnd } from "./session.ts";
import { hidden, refresh } from "./tasks.ts";

const GRACE_MS = 6_000;
const waiting = new Map<string, ReturnType<typeof setTimeout>>();

export function remove(task: Task) {
  hidden.value = new Set([...hidden.value, task.id]);
  waiting.set(
    task.id,
    setTimeout(() => void commit(task.id), GRACE_MS),
  );
  const undo = () => bringBack(task.id);
  show({ text: `Deleted “${task.title}”`, tone: "calm", action: { label: "Undo", run: undo } });
}

function bringBack(id: string) {
  clearTimeout(waiting.get(id));
  waiting.delete(id);
  unhide(id);
  hide();
}

function unhide(id: string) {
  hidden.value = new Set([...hidden.value].filter((other) => other !== id));
}

async function commit(id: string) {
  clearTimeout(waiting.get(id));
  if (!waiting.delete(id)) return;
  try {
    await deleteTask(id);
    await refresh();
  } catch (error) {
    const gone = error instanceof ApiError && error.status === 404;
    if (!gone) complain(error);
  } finally {
    unhide(id);
  }
}

/** Makes all waiting deletions real, so that the chat sees the list that the person sees. */
export async function commitAll() {
  if (waiting.size === 0) return;
  hide();
  await Promise.all([...waiting.keys()].map(commit));
}

addEventListener("pagehide", () => void commitAll());
beforeLeaving(commitAll);

onEnd(() => {
  for (const timer of waiting.values()) clearTimeout(timer);
  waiting.clear();
});
