// The one notice at the foot of the page, spoken to screen readers, with at most one action.
import { signal } from "@preact/signals";

export interface Notice {
  text: string;
  tone: "calm" | "bad";
  action?: { label: string; run: () => void };
}

export const notice = signal<Notice | null>(null);
/** Read aloud, not shown: what sighted people see happen. */
export const announcement = signal("");

const SHOWN_MS = 6_000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function show(next: Notice) {
  clearTimeout(timer);
  notice.value = next;
  timer = setTimeout(hide, SHOWN_MS);
}

export function hide() {
  clearTimeout(timer);
  notice.value = null;
}

export const complain = (error: unknown) =>
  show({ text: error instanceof Error ? error.message : String(error), tone: "bad" });

export function announce(text: string) {
  announcement.value = text;
}
