// The chat endpoint as a sequence of typed events, and the history.
import { ApiError, call, send } from "./http.ts";
import { readEvents, type ServerEvent } from "./sse.ts";
import type { Brain, Conversation, ConversationSummary } from "./types.ts";

export type ChatEvent =
  | { kind: "delta"; text: string }
  | { kind: "tool_call"; id: string; name: string; arguments: Record<string, unknown> }
  | { kind: "tool_result"; id: string; name: string; result: unknown; is_error: boolean }
  | { kind: "done"; conversation_id: string; brain: Brain; reply: string }
  | { kind: "error"; code: string; message: string };

export interface ChatRequest {
  message: string;
  conversation_id?: string;
}

/** The backend sends a heartbeat every 15 s; after this long without a byte the connection is dead. */
const SILENCE_MS = 45_000;

/** The connection ended before the answer did. */
export class BrokenStream extends Error {
  constructor() {
    super("The connection broke before the answer was complete.");
  }
}

/** Sends a message and yields the answer as it is made. */
export async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent> {
  const headers = { accept: "text/event-stream" };
  const response = await send("POST", "/api/chat", request, { signal, headers });
  if (!response.body) throw new BrokenStream();
  for await (const event of readEvents(chunks(response.body.getReader()))) {
    const known = parse(event);
    if (known) yield known;
    if (known?.kind === "done" || known?.kind === "error") return;
  }
  throw new BrokenStream();
}

async function* chunks(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader.read());
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new BrokenStream();
  } finally {
    void reader.cancel().catch(() => {});
  }
}

function withinSilence<T>(read: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BrokenStream()), SILENCE_MS);
  });
  return Promise.race([read, silence]).finally(() => clearTimeout(timer));
}

const KINDS = new Set(["delta", "tool_call", "tool_result", "done", "error"]);

function parse(event: ServerEvent): ChatEvent | null {
  if (!KINDS.has(event.event)) return null;
  try {
    return { kind: event.event, ...JSON.parse(event.data) } as ChatEvent;
  } catch {
    throw new ApiError(0, "bad_event", "The server sent something this page does not understand. Reload the page.");
  }
}

export const listConversations = () =>
  call<{ conversations: ConversationSummary[] }>("GET", "/api/conversations").then((answer) => answer.conversations);

export const loadConversation = (id: string) =>
  call<Conversation>("GET", `/api/conversations/${encodeURIComponent(id)}`);
