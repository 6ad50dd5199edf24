// The list of past conversations, newest first: found, renamed, deleted.
import { computed, effect, signal, untracked } from "@preact/signals";
import * as api from "../api/conversations.ts";
import { ApiError } from "../api/http.ts";
import { gather } from "../api/pages.ts";
import type { ConversationSummary } from "../api/types.ts";
import { quote } from "../text/words.ts";
import { coalesced } from "./coalesced.ts";
import { complain } from "./notice.ts";
import { hidden, remove } from "./removal.ts";
import { loadWithRetry } from "./retry.ts";
import { onEnd, user } from "./session.ts";
import { broadcast, onTabMessage } from "./tab-channel.ts";

const PAGE_SIZE = 50;
const TYPING_MS = 200;

const loaded = signal<ConversationSummary[]>([]);
export const conversations = computed(() => loaded.value.filter(({ id }) => !hidden.value.has(id)));
export const state = signal<"loading" | "ready" | "failed">("loading");
export const next = signal<string | null>(null);
/** What the list is searched for. */
export const searched = signal("");

let wanted = PAGE_SIZE;

export const refreshConversations = coalesced(() =>
  loadWithRetry(load, () => (state.value = "failed")),
);

async function load() {
  const [text, person] = [searched.value.trim(), user.value];
  if (!person) return;
  const page = await gather(wanted, (at) => api.listConversations({ text, ...at }));
  if (text !== searched.value.trim() || person !== user.value) return;
  put(page.rows);
  next.value = page.next;
  state.value = "ready";
}

/** Shows each once, and keeps what has not changed, so that it is not drawn again. */
function put(list: ConversationSummary[]) {
  const before = new Map(loaded.value.map((one) => [one.id, one]));
  const kept = (one: ConversationSummary) => {
    const known = before.get(one.id);
    const isSame = known && known.updated_at === one.updated_at && known.title === one.title;
    return isSame ? known : one;
  };
  loaded.value = [...new Map(list.map((one) => [one.id, kept(one)])).values()];
}

export async function loadMoreConversations() {
  const [text, cursor] = [searched.value.trim(), next.value];
  try {
    const page = await api.listConversations({ text, cursor, limit: PAGE_SIZE });
    if (cursor !== next.value) return;
    put([...loaded.value, ...page.rows]);
    wanted = loaded.value.length;
    next.value = page.next;
  } catch (error) {
    complain(error);
  }
}

/** Shows the new title at once, and the old one again if the server refuses it. */
export async function rename(one: ConversationSummary, title: string) {
  replace({ ...one, title });
  try {
    replace(await api.renameConversation(one.id, title));
    tellTabs();
  } catch (error) {
    replace(one);
    complain(error);
  }
}

const replace = (one: ConversationSummary) =>
  (loaded.value = loaded.value.map((other) => (other.id === one.id ? one : other)));

export function removeConversation({ id, title }: ConversationSummary) {
  const send = async () => {
    await api.deleteConversation(id).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    });
    loaded.value = loaded.value.filter((one) => one.id !== id);
    tellTabs();
  };
  remove({ id, text: `Deleted ${quote(title)}`, send });
}

/** The other tabs load what this one has changed. */
export function tellTabs() {
  if (user.value) broadcast({ kind: "changed", what: "conversations", userId: user.value.id });
}

onTabMessage((message) => {
  if (message.kind !== "changed" || message.what !== "conversations") return;
  if (message.userId === user.value?.id) void refreshConversations();
});

onEnd(() => {
  loaded.value = [];
  next.value = null;
  searched.value = "";
  wanted = PAGE_SIZE;
  state.value = "loading";
});

/** Loads the list on log-in and whenever it is searched, once typing has paused. */
effect(() => {
  void searched.value;
  if (!user.value) return;
  wanted = PAGE_SIZE;
  const typing = untracked(() => state.value === "ready");
  const timer = setTimeout(refreshConversations, typing ? TYPING_MS : 0);
  return () => clearTimeout(timer);
});
