// What the tabs of this browser tell each other.
import type { User } from "../api/types.ts";

export type TabMessage =
  /** Somebody logged in or out; the cookie, which all tabs share, is now theirs. */
  | { kind: "session"; user: User | null }
  /** Somebody's tasks or conversations changed. */
  | { kind: "changed"; what: "tasks" | "conversations"; userId: string };

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("saydone") : null;

export const broadcast = (message: TabMessage) => channel?.postMessage(message);

export function onTabMessage(hear: (message: TabMessage) => void) {
  channel?.addEventListener("message", (event) => hear(event.data as TabMessage));
}
