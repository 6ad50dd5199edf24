// New tasks on their way to the server. What does not get through stays, also over a reload, until it
// is sent again or thrown away.
import { effect, signal } from "@preact/signals";
import { explain } from "../api/http.ts";
import { createTask } from "../api/tasks.ts";
import type { TaskDraft } from "../api/types.ts";
import { quote } from "../text/words.ts";
import { keepDraft, recallDraft } from "./drafts.ts";
import { announce } from "./notice.ts";
import { user } from "./session.ts";
import { showAdded, tellTabs } from "./tasks.ts";

export interface OutboxEntry {
  key: string;
  draft: TaskDraft;
  /** Why it did not get through; empty while it is on its way. */
  error: string;
}

const INTERRUPTED = "The page was left before the answer came. See whether it is on your list.";

export const outbox = signal<OutboxEntry[]>([]);

let posted = 0;

function recallParcels(): OutboxEntry[] {
  const kept = recallDraft<OutboxEntry[]>("outbox") ?? [];
  return kept.map((entry) => ({ ...entry, error: entry.error || INTERRUPTED }));
}

function set(entries: OutboxEntry[]) {
  outbox.value = entries;
  keepDraft("outbox", entries.length > 0 ? entries : null);
}

const change = (key: string, error: string) =>
  set(outbox.value.map((entry) => (entry.key === key ? { ...entry, error } : entry)));

export const discard = (key: string) => set(outbox.value.filter((entry) => entry.key !== key));

export function enqueue(draft: TaskDraft) {
  const entry = { key: `${Date.now()}.${++posted}`, draft, error: "" };
  set([...outbox.value, entry]);
  return submit(entry);
}

/** Sends it, for the first time or again. */
export async function submit({ key, draft }: OutboxEntry) {
  change(key, "");
  const sender = user.peek();
  try {
    const task = await createTask(draft);
    if (user.peek() !== sender) return;
    discard(key);
    announce(`Added ${quote(task.title)}`);
    tellTabs();
    await showAdded(task);
  } catch (error) {
    if (user.peek() === sender) change(key, explain(error));
  }
}

effect(() => {
  outbox.value = user.value ? recallParcels() : [];
});
