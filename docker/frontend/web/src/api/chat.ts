// The chat endpoint as a sequence of typed events.
import { ApiError, send } from "./http.ts";
import { sleep } from "./sleep.ts";
import { readEvents, type ServerEvent } from "./sse.ts";
import type { Brain } from "./types.ts";

export type ChatEvent =
  /** The message is kept, in this conversation. */
  | { kind: "begun"; conversation_id: string }
  | { kind: "delta"; text: string }
  | { kind: "tool_call"; id: string; name: string; arguments: Record<string, unknown> }
  | { kind: "tool_result"; id: string; name: string; result: unknown; is_error: boolean }
  /** The connection broke and is being taken up again. */
  | { kind: "resuming" }
  | { kind: "done"; conversation_id: string; brain: Brain; reply: string }
  | { kind: "error"; code: string; message: string };

export interface ChatRequest {
  message: string;
  conversation_id?: string;
  /** The person's date, from which "tomorrow" is counted. */
  today: string;
}

/**
 * The backend sends a heartbeat every 15 s; after this long without a byte the connection is dead.
 */
const SILENCE_MS = 45_000;
const PAUSES_MS = [0, 500, 1_000, 2_000, 4_000, 8_000] as const;

/** The connection ended before the answer did, and could not be taken up again. */
export class BrokenStream extends Error {
  constructor() {
    super("The connection broke before the answer was complete.");
  }
}

/** How far a stream has been read. */
interface Route {
  stream: string | null;
  lastEvent: string;
}

/** Sends a message and yields the answer as it is made, across broken connections. */
export async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent> {
  const headers = { accept: "text/event-stream" };
  let response = await send("POST", "/api/chat", request, { signal, headers });
  const place: Route = { stream: response.headers.get("x-stream-id"), lastEvent: "" };
  const conversation_id = response.headers.get("x-conversation-id");
  if (conversation_id) yield { kind: "begun", conversation_id };
  // A server that is ending ends every stream at once: without anything new from it, it is asked
  // less and less often.
  for (let fruitless = 0; fruitless < PAUSES_MS.length; ) {
    const before = place.lastEvent;
    const isComplete = yield* readAnswer(response, place);
    if (isComplete) return;
    yield { kind: "resuming" };
    fruitless = place.lastEvent === before ? fruitless + 1 : 0;
    await sleep(PAUSES_MS[fruitless] ?? 0, signal);
    response = await readOn(place, signal);
  }
  throw new BrokenStream();
}

/** Yields events until the answer is complete (true) or the connection breaks (false). */
async function* readAnswer(response: Response, place: Route): AsyncGenerator<ChatEvent, boolean> {
  if (!response.body) return false;
  try {
    for await (const event of readEvents(chunks(response.body.getReader()))) {
      place.lastEvent = event.id || place.lastEvent;
      const known = parse(event);
      if (known) yield known;
      if (known?.kind === "done" || known?.kind === "error") return true;
    }
    return false;
  } catch (error) {
    if (error instanceof BrokenStream) return false;
    throw error;
  }
}

/** Takes the stream up where it broke; gives up when the backend does not know it. */
async function readOn({ stream, lastEvent }: Route, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = lastEvent ? { "last-event-id": lastEvent } : {};
  for (const pause of stream ? PAUSES_MS : []) {
    await sleep(pause, signal);
    try {
      return await send("GET", `/api/chat/${stream}/events`, undefined, { signal, headers });
    } catch (error) {
      if (!(error instanceof ApiError && error.isTemporary)) break;
    }
  }
  signal.throwIfAborted();
  throw new BrokenStream();
}

async function* chunks(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array> {
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
    throw new ApiError(
      0,
      "bad_event",
      "The server sent something this page does not understand. Reload the page.",
    );
  }
}
