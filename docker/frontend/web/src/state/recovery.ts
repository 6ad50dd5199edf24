// After a broken connection that cannot be taken up again: the backend finishes its answer and
// keeps it, so look it up in the history instead of asking twice, which could add a task twice.

import { listConversations, loadConversation } from "../api/conversations.ts";
import { sleep } from "../api/sleep.ts";
import type { Conversation } from "../api/types.ts";

const PAUSES_MS = [500, 1_500, 4_000];

/**
 * The conversation once it ends with the answer to `question`; null if that does not happen in
 * time.
 */
export async function recover(
  id: string | null,
  question: string,
  signal: AbortSignal,
): Promise<Conversation | null> {
  for (const pause of PAUSES_MS) {
    await sleep(pause, signal);
    const conversation = await look(id).catch(() => null);
    if (conversation && answers(conversation, question)) return conversation;
  }
  return null;
}

async function look(id: string | null): Promise<Conversation | null> {
  if (id) return loadConversation(id);
  const newest = (await listConversations({ limit: 1 })).rows[0];
  return newest ? loadConversation(newest.id) : null;
}

function answers({ messages }: Conversation, question: string): boolean {
  const [asked, answered] = messages.slice(-2);
  return asked?.role === "user" && asked.content === question && answered?.role === "assistant";
}
