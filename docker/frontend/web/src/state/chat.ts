// The open conversation: sending, receiving piece by piece, stopping, trying again.
import { batch, signal } from "@preact/signals";
import { BrokenStream, type ChatEvent, chat, loadConversation } from "../api/chat.ts";
import { explain } from "../api/http.ts";
import { today } from "../text/dates.ts";
import { refreshConversations } from "./conversations.ts";
import { commitAll } from "./deletion.ts";
import { announce } from "./notice.ts";
import { recover } from "./recovery.ts";
import { onEnd } from "./session.ts";
import { recall, remember } from "./storage.ts";
import { refresh, touch } from "./tasks.ts";
import {
  apply,
  changesTasks,
  fail,
  fromHistory,
  type Message,
  message,
  stop,
  tasksIn,
} from "./turn.ts";

export const messages = signal<Message[]>([]);
export const conversationId = signal<string | null>(null);
export const busy = signal(false);
export const history = signal<"ready" | "loading" | "failed">("ready");

let running: AbortController | null = null;

/** Sends what the person said and shows the answer as it comes. */
export async function say(text: string) {
  if (busy.value) return;
  busy.value = true;
  await commitAll();
  add(message("user", text, "done"));
  await answer(text);
}

/** Sends the last question again, in place of the answer that failed. */
export async function retry() {
  const question = messages.value.findLast((one) => one.role === "user");
  if (busy.value || !question) return;
  messages.value = messages.value.slice(0, -1);
  await answer(question.text);
}

export const stopAnswer = () => running?.abort();

async function answer(text: string) {
  const mine = (running = new AbortController());
  const { key } = add(message("assistant", "", "waiting"));
  busy.value = true;
  announce("Saydone is answering.");
  try {
    await receive(text, key, mine.signal);
  } catch (error) {
    update(key, (answer) => (mine.signal.aborted ? stop(answer) : fail(answer, explain(error))));
  }
  if (running === mine) finish();
}

function finish() {
  running = null;
  busy.value = false;
  const last = messages.value.at(-1);
  announce(last?.error || (last?.text ?? ""));
  void refreshConversations();
}

async function receive(text: string, key: number, signal: AbortSignal) {
  const known = conversationId.value;
  const request = { message: text, today: today(), ...(known ? { conversation_id: known } : {}) };
  try {
    for await (const event of chat(request, signal)) take(event, key);
  } catch (error) {
    const conversation = error instanceof BrokenStream ? await recover(known, text, signal) : null;
    if (!conversation) throw error;
    show(conversation.id, conversation.messages.map(fromHistory));
    void refresh();
  }
}

function take(event: ChatEvent, key: number) {
  update(key, (answer) => apply(answer, event));
  const tellsConversation = event.kind === "begun" || event.kind === "done";
  if (tellsConversation && messages.value.some((one) => one.key === key))
    keep(event.conversation_id);
  if (event.kind === "tool_result" && changesTasks(event.name)) {
    void touch(tasksIn(event.result).map((task) => task.id));
  }
}

function add(one: Message): Message {
  messages.value = [...messages.value, one];
  return one;
}

/** Changes one answer; if its conversation was left meanwhile, there is nothing to change. */
function update(key: number, change: (answer: Message) => Message) {
  messages.value = messages.value.map((one) => (one.key === key ? change(one) : one));
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
