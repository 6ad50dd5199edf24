// The list of past conversations.
import { signal } from "@preact/signals";
import { listConversations } from "../api/chat.ts";
import type { ConversationSummary } from "../api/types.ts";
import { onEnd } from "./session.ts";

export const conversations = signal<ConversationSummary[]>([]);
export const conversationsFailed = signal(false);

export async function refreshConversations(): Promise<ConversationSummary[]> {
  try {
    const list = await listConversations();
    conversations.value = list.toSorted((a, b) => b.updated_at.localeCompare(a.updated_at));
    conversationsFailed.value = false;
  } catch {
    conversationsFailed.value = true;
  }
  return conversations.value;
}

onEnd(() => (conversations.value = []));
