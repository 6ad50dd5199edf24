// Deleting with a way back: the row goes at once, the server hears of it when the notice has gone.
import { signal } from "@preact/signals";
import { complain, hide, show } from "./notice.ts";
import { beforeLogOut, onEnd } from "./session.ts";
import { recallJson, remember } from "./storage.ts";

export interface Removal {
  id: string;
  /** What is said while it can be taken back. */
  text: string;
  /** Deletes it; what is already gone is no failure. */
  send: () => Promise<void>;
}

/** What a page that was closed still had to delete: the list may be asked for before the server has heard of it. */
const LEFT = "left";

/** Deleted on the page, but still to be deleted on the server: they can be brought back. */
export const hidden = signal<ReadonlySet<string>>(new Set(recallJson<string[]>(LEFT)));
remember(LEFT, null);

const GRACE_MS = 6_000;
const waiting = new Map<string, { removal: Removal; timer: ReturnType<typeof setTimeout> }>();

export function remove(removal: Removal) {
  const { id, text } = removal;
  hidden.value = new Set([...hidden.value, id]);
  waiting.set(id, { removal, timer: setTimeout(() => void commit(id), GRACE_MS) });
  show({ text, tone: "calm", action: { label: "Undo", run: () => bringBack(id) } });
}

function bringBack(id: string) {
  clearTimeout(waiting.get(id)?.timer);
  waiting.delete(id);
  unhide(id);
  hide();
}

function unhide(id: string) {
  hidden.value = new Set([...hidden.value].filter((other) => other !== id));
}

async function commit(id: string) {
  const entry = waiting.get(id);
  if (!entry) return;
  clearTimeout(entry.timer);
  waiting.delete(id);
  try {
    await entry.removal.send();
  } catch (error) {
    complain(error);
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

addEventListener("pagehide", () => {
  if (waiting.size > 0) remember(LEFT, [...waiting.keys()]);
  void commitAll();
});
beforeLogOut(commitAll);

onEnd(() => {
  for (const { timer } of waiting.values()) clearTimeout(timer);
  waiting.clear();
  hidden.value = new Set();
});
