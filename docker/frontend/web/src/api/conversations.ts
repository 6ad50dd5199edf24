// The calls on conversations.
import { call, send } from "./http.ts";
import type { Page } from "./pages.ts";
import type { Conversation, ConversationSummary } from "./types.ts";

const path = (id: string) => `/api/conversations/${encodeURIComponent(id)}`;

export interface ConversationQuery {
  /** Text that the title or a message contains. */
  text?: string;
  cursor?: string | null;
  limit: number;
}

export async function listConversations({ text, cursor, limit }: ConversationQuery) {
  const query = new URLSearchParams({ limit: String(limit) });
  if (text) query.set("q", text);
  if (cursor) query.set("cursor", cursor);
  type Answer = { conversations: ConversationSummary[]; next: string | null };
  const { conversations, next } = await call<Answer>("GET", `/api/conversations?${query}`);
  return { rows: conversations, next } satisfies Page<ConversationSummary>;
}

export const loadConversation = (id: string) => call<Conversation>("GET", path(id));

/** Outlives the page, so that a title is not lost when the tab closes. */
export const renameConversation = (id: string, title: string) =>
  call<ConversationSummary>("PATCH", path(id), { title }, { keepalive: true });

/** Outlives the page, so that a deletion is not lost when the tab closes. */
export const deleteConversation = (id: string) =>
  send("DELETE", path(id), undefined, { keepalive: true });

/** Stops the answer that is being made, before its next step. */
export const cancelAnswer = (id: string) => call<unknown>("POST", `${path(id)}/cancel`);
