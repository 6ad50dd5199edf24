// The open conversation: sending, receiving piece by piece, stopping, trying again.
import { batch, signal } from "@preact/signals";
import { BrokenStream, chat, loadConversation, type ChatEvent } from "../api/chat.ts";
import { explain } from "../api/http.ts";
import { refreshConversations } from "./conversations.ts";
import { commitAll } from "./deletion.ts";
import { announce } from "./notice.ts";
import { recover } from "./recovery.ts";
import { onEnd } from "./session.ts";
import { recall, remember } from "./storage.ts";
import { refresh, touch } from "./tasks.ts";
import { apply, changesTasks, fail, fromHistory, message, stop, tasksIn, type Message } from "./turn.ts";

export const messages = signal<Message[]>([]);
export const conversationId = signal<string | null>(null);
export const busy = signal(false);
export const history = signal<"ready" | "loading" | "failed">("ready");

let running: AbortController | null = null;

/** Sends what the person said and shows the answer as it comes. */
export async function say(text: string) {
  if (busy.value) return;
  await commitAll();
  messages.value = [...messages.value, message("user", text, "done"), message("assistant", "", "waiting")];
  await answer(text);
}

/** Sends the last question again, in place of the answer that failed. */
export async function retry() {
  const question = messages.value.findLast((one) => one.role === "user");
  if (busy.value || !question) return;
  messages.value = [...messages.value.slice(0, -1), message("assistant", "", "waiting")];
  await answer(question.text);
}

export const stopAnswer = () => running?.abort();

async function answer(text: string) {
  const mine = (running = new AbortController());
  busy.value = true;
  announce("Saydone is answering.");
  try {
    await receive(text, mine.signal);
  } catch (error) {
    if (mine.signal.aborted) update(mine.signal, stop, true);
    else update(mine.signal, (last) => fail(last, explain(error)));
  }
  if (running === mine) finish();
}

/** Clears away what belongs to one answer, whoever ended it. */
function finish() {
  running = null;
  busy.value = false;
  const last = messages.value.at(-1);
  announce(last?.state === "failed" ? last.error : (last?.text ?? ""));
  void refreshConversations();
}

async function receive(text: string, signal: AbortSignal) {
  const known = conversationId.value;
  try {
    const request = { message: text, ...(known ? { conversation_id: known } : {}) };
    for await (const event of chat(request, signal)) take(event, signal);
  } catch (error) {
    if (!(error instanceof BrokenStream)) throw error;
    update(signal, (last) => ({ ...last, state: "resuming" }));
    const conversation = await recover(known, text, signal);
    if (!conversation) throw error;
    show(conversation.id, conversation.messages.map(fromHistory));
    void refresh();
  }
}

function take(event: ChatEvent, signal: AbortSignal) {
  if (signal.aborted) return;
  update(signal, (last) => apply(last, event));
  if (event.kind === "done") keep(event.conversation_id);
  if (event.kind === "tool_result" && changesTasks(event.name)) {
    void touch(tasksIn(event.result).map((task) => task.id));
  }
}

/** Changes the answer being received; a conversation that was left meanwhile is not touched. */
function update(signal: AbortSignal, change: (last: Message) => Message, evenAborted = false) {
  const last = messages.value.at(-1);
  if (!last || last.role !== "assistant" || (signal.aborted && !evenAborted)) return;
  messages.value = [...messages.value.slice(0, -1), change(last)];
}

function keep(id: string | null) {
  conversationId.value = id;
  remember("conversation", id);
}

function show(id: string | null, list: Message[]) {
  batch(() => {
    keep(id);
    messages.value = list;
    history.value = "ready";
  });
}

function leaveAnswer() {
  running?.abort();
  running = null;
  busy.value = false;
}

export function startAnew() {
  leaveAnswer();
  show(null, []);
}

/** Opens a past conversation. */
export async function open(id: string) {
  leaveAnswer();
  show(id, []);
  history.value = "loading";
  try {
    const conversation = await loadConversation(id);
    if (conversationId.value === id) show(id, conversation.messages.map(fromHistory));
  } catch {
    if (conversationId.value === id) history.value = "failed";
  }
}

/** Picks up where this browser left off, else with the latest conversation. */
export async function reopen() {
  const list = await refreshConversations();
  const recalled = recall("conversation");
  const id = list.find((one) => one.id === recalled)?.id ?? list[0]?.id;
  if (id && messages.value.length === 0) await open(id);
}

onEnd(startAnew);
