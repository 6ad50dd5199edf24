// Who is logged in. The cookie decides, and all tabs share it; the name is remembered only to greet
// without waiting. Every call says for whom it is meant, so that the server refuses what a tab that
// missed a log-in would do to somebody else's tasks.
import { batch, signal } from "@preact/signals";
import * as auth from "../api/auth.ts";
import { setCaller } from "../api/http.ts";
import type { User } from "../api/types.ts";
import { hide, show } from "./notice.ts";
import { recall, recallJson, remember } from "./storage.ts";
import { broadcast, onTabMessage } from "./tab-channel.ts";

export const user = signal<User | null>(recallJson<User>("user"));
/** Why the log-in page is shown, when it was not asked for. */
export const farewell = signal("");

const RENEW_AFTER_MS = 12 * 60 * 60_000;

const endings: (() => void)[] = [];
const wipers: (() => void)[] = [];
const flushers: (() => Promise<void>)[] = [];

/** Registers what must be forgotten when the session ends or becomes somebody else's. */
export const onEnd = (forget: () => void) => void endings.push(forget);

/** Registers what must not stay in this browser after a log-out. */
export const onLogOut = (wipe: () => void) => void wipers.push(wipe);

/** Registers what must reach the server before a log-out. */
export const beforeLogOut = (wish: () => Promise<void>) => void flushers.push(wish);

/** A log-in or sign-up in this tab; the other tabs follow. */
export function begin(next: User) {
  setUser(next);
  remember("renewed", String(Date.now()));
  broadcast({ kind: "session", user: next });
}

/**
 * Whoever comes back before the session ends stays logged in. Seldom, and by one tab for all: each
 * renewal makes the cookie of the one before void, and answers under way still use it.
 */
export async function prolong() {
  if (!user.value || Date.now() - Number(recall("renewed")) < RENEW_AFTER_MS) return;
  remember("renewed", String(Date.now()));
  const fresh = await auth.refreshSession().catch(() => null);
  if (fresh && fresh.id === user.value?.id) setUser(fresh);
}

/** Logs out here even if the server cannot be told: the person wants to be gone. */
export async function logOut() {
  await flushPending();
  await auth.logOut().catch(() => {});
  endSession("You are logged out.");
}

/** Lets everything that waits reach the server. */
export const flushPending = () => Promise.all(flushers.map((wish) => wish()));

/** Ends the session here and in the other tabs, once the server has ended it. */
export function endSession(reason: string) {
  for (const wipe of wipers) wipe();
  end(reason);
  broadcast({ kind: "session", user: null });
}

function setUser(next: User) {
  remember("user", next);
  if (user.value?.id === next.id) return;
  batch(() => {
    if (user.value) forget();
    farewell.value = "";
    user.value = next;
  });
}

function end(reason: string) {
  batch(() => {
    forget();
    farewell.value = reason;
    user.value = null;
  });
  remember("user", null);
}

function forget() {
  hide();
  for (const one of endings) one();
}

/** Follows whoever the cookie belongs to now, and says so. */
function follow(next: User) {
  const before = user.value;
  setUser(next);
  if (before && before.id !== next.id) {
    const text = `${next.name} logged in in another tab. This tab has followed.`;
    show({ text, tone: "calm" });
  }
}

setCaller({
  userId: () => user.value?.id ?? null,
  onEnd: () => user.value && end("Your session has ended. Log in again to go on."),
  onOther: () => void auth.whoAmI().then(follow, () => {}),
});

onTabMessage((message) => {
  if (message.kind !== "session") return;
  if (message.user) follow(message.user);
  else if (user.value) end("You logged out in another tab.");
});
