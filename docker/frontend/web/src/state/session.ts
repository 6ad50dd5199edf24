// Who is logged in. The cookie decides; the name is remembered only to greet without waiting.
import { signal } from "@preact/signals";
import * as auth from "../api/auth.ts";
import { whenSessionEnds } from "../api/http.ts";
import type { User } from "../api/types.ts";
import { recall, remember } from "./storage.ts";

export const user = signal<User | null>(recallUser());
/** Why the log-in page is shown, when it was not asked for. */
export const farewell = signal("");

const endings: (() => void)[] = [];

/** Registers what must be forgotten when the session ends. */
export function onEnd(forget: () => void) {
  endings.push(forget);
}

let lastWish = async () => {};

/** Registers what must reach the server before a log-out. */
export function beforeLeaving(wish: () => Promise<void>) {
  lastWish = wish;
}

function recallUser(): User | null {
  try {
    return JSON.parse(recall("user") ?? "null") as User | null;
  } catch {
    return null;
  }
}

export function begin(next: User) {
  farewell.value = "";
  remember("user", next);
  if (user.value?.id !== next.id) user.value = next;
}

/**
 * Whoever comes back before the session ends stays logged in. If this fails, the next call will
 * tell.
 */
export async function prolong() {
  const fresh = await auth.refreshSession().catch(() => null);
  if (fresh && fresh.id === user.value?.id) begin(fresh);
}

function end(reason: string) {
  for (const forget of endings) forget();
  remember("user", null);
  farewell.value = reason;
  user.value = null;
}

/** Logs out here even if the server cannot be told: the person wants to be gone. */
export async function leave() {
  await lastWish();
  await auth.logOut().catch(() => {});
  end("You are logged out.");
}

whenSessionEnds(() => end("Your session has ended. Log in again to go on."));
