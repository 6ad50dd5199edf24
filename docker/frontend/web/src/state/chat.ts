// The open conversation: sending, receiving piece by piece, stopping, trying again.
import { signal } from "@preact/signals";
import { BrokenStream, type ChatEvent, chat } from "../api/chat.ts";
import { cancelAnswer } from "../api/conversations.ts";
import { explain } from "../api/http.ts";
import { today } from "../text/dates.ts";
import { refreshConversations, tellTabs as tellOfConversations } from "./conversations.ts";
import { keepDraft } from "./drafts.ts";
import { announce } from "./notice.ts";
import { recover } from "./recovery.ts";
import { commitAll } from "./removal.ts";
import { refresh, showAdded, tellTabs, touch } from "./tasks.ts";
import * as turn from "./turn.ts";

export const messages = signal<turn.Message[]>([]);
export const busy = signal(false);

/** What ties an answer to its conversation. */
export interface Conversation {
  /** Its id; null as long as it is new. */
  id: () => string | null;
  /** Hears the id once the server has kept the question. */
  onBegun: (id: string) => void;
  /** Resolves when what was said before is shown. */
  ready: () => Promise<void>;
}

let conversation: Conversation = { id: () => null, onBegun: () => {}, ready: async () => {} };

export function attachConversation(next: Conversation) {
  conversation = next;
}

interface Running {
  /** The key of the answer's message. */
  key: number;
  reading: AbortController;
  /** The conversation in which the server is making it, once it has said so. */
  begun: string | null;
  stopping: boolean;
}

let running: Running | null = null;

/** After a stop the server says what was done; after this long without a word it is left alone. */
const STOP_PATIENCE_MS = 8_000;

/** Sends what the person said and shows the answer as it comes. */
export async function say(text: string) {
  if (busy.value) return;
  busy.value = true;
  keepDraft("sending", text);
  await Promise.all([commitAll(), conversation.ready()]);
  add(turn.message("user", text, "done"));
  await answer(text);
}

/** Sends the last question again, in place of the answer that failed. */
export async function retry() {
  const question = messages.value.findLast((one) => one.role === "user");
  if (busy.value || !question) return;
  messages.value = messages.value.slice(0, -1);
  await answer(question.text);
}

/** Asks the server to stop, and reads on: it says what was done until then. */
export function stopAnswer() {
  if (!running || running.stopping) return;
  const mine = running;
  mine.stopping = true;
  update(mine.key, turn.markStopping);
  if (mine.begun) void cancel(mine, mine.begun);
  setTimeout(() => mine.reading.abort(), STOP_PATIENCE_MS);
}

async function cancel(mine: Running, id: string) {
  await cancelAnswer(id).catch(() => mine.reading.abort());
}

/** Turns away from an answer; the server makes it and keeps it all the same. */
export function abandonAnswer() {
  running?.reading.abort();
  running = null;
  busy.value = false;
}

async function answer(text: string) {
  const { key } = add(turn.message("assistant", "", "waiting"));
  const mine: Running = { key, reading: new AbortController(), begun: null, stopping: false };
  running = mine;
  busy.value = true;
  announce("Saydone is answering.");
  try {
    await receive(text, mine);
  } catch (error) {
    const isLeft = mine.reading.signal.aborted;
    update(key, (one) => (isLeft ? turn.stop(one) : turn.fail(one, explain(error))));
  }
  if (running === mine) finish();
}

function finish() {
  running = null;
  busy.value = false;
  const last = messages.value.at(-1);
  announce(last?.error || (last?.text ?? ""));
  void refreshConversations();
  void refresh();
  tellOfConversations();
  tellTabs();
}

async function receive(text: string, mine: Running) {
  const known = conversation.id();
  const { signal } = mine.reading;
  const request = { message: text, today: today(), ...(known && { conversation_id: known }) };
  try {
    for await (const event of chat(request, signal)) take(event, mine);
  } catch (error) {
    const kept = error instanceof BrokenStream ? await recover(known, text, signal) : null;
    if (!kept) throw error;
    begin(mine, kept.id);
    messages.value = kept.messages.map(turn.fromHistory);
  }
}

function take(event: ChatEvent, mine: Running) {
  update(mine.key, (one) => turn.apply(one, event));
  if (event.kind === "begun" || event.kind === "done") begin(mine, event.conversation_id);
  if (event.kind === "tool_result" && turn.changesTasks(event.name)) void show(event);
}

function begin(mine: Running, id: string) {
  if (running !== mine || mine.begun) return;
  mine.begun = id;
  keepDraft("sending", null);
  conversation.onBegun(id);
  if (mine.stopping) void cancel(mine, id);
}

/** The list shows what a tool has done. */
function show({ name, result }: Extract<ChatEvent, { kind: "tool_result" }>) {
  const tasks = turn.tasksIn(result);
  return turn.addsTasks(name) ? showAdded(...tasks) : touch(tasks.map((task) => task.id));
}

function add(one: turn.Message): turn.Message {
  messages.value = [...messages.value, one];
  return one;
}

/** Changes one answer; if its conversation was left meanwhile, there is nothing to change. */
function update(key: number, change: (answer: turn.Message) => turn.Message) {
  messages.value = messages.value.map((one) => (one.key === key ? change(one) : one));
}
