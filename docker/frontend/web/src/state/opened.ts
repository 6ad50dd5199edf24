// Which conversation is open, as the address says, and what was said in it before.
import { batch, effect, signal, untracked } from "@preact/signals";
import { listConversations, loadConversation } from "../api/conversations.ts";
import { ApiError } from "../api/http.ts";
import { abandonAnswer, attachConversation, messages } from "./chat.ts";
import { conversation, navigate } from "./navigation.ts";
import { loadWithRetry } from "./retry.ts";
import { NEW } from "./route.ts";
import { onEnd, user } from "./session.ts";
import { recall, remember } from "./storage.ts";
import { fromHistory, type Message } from "./turn.ts";

export const history = signal<"ready" | "loading" | "failed" | "gone">("ready");

/** The one whose messages are shown, in the words of the address. */
let shown = NEW;
let opening: Promise<void> = Promise.resolve();

export const open = (id: string) => navigate({ conversation: id, tab: "chat" });
export const startAnew = () => open(NEW);

/** Loads the open conversation once more. */
export const reload = () => display(shown);

function display(id: string) {
  abandonAnswer();
  batch(() => {
    shown = id;
    messages.value = [];
    history.value = id === NEW ? "ready" : "loading";
  });
  if (id) remember("conversation", id === NEW ? null : id);
  if (id !== NEW) opening = loadWithRetry(id ? load : decide, onFailure);
}

async function load() {
  const id = shown;
  if (history.value !== "loading") return;
  const past = await loadConversation(id);
  if (id !== shown) return;
  batch(() => {
    messages.value = join(past.messages.map(fromHistory), messages.value);
    history.value = "ready";
  });
}

/** What was said here while the past was still on its way follows it, and stands there once. */
function join(past: Message[], fresh: Message[]): Message[] {
  const [question] = fresh;
  const at = question ? past.findLastIndex(({ text }) => text === question.text) : -1;
  return [...(at < 0 ? past : past.slice(0, at)), ...fresh];
}

/** Picks up where this browser left off, else with the latest conversation. */
async function decide() {
  const recalled = recall("conversation");
  const latest = recalled ? undefined : (await listConversations({ limit: 1 })).rows[0]?.id;
  if (shown === "") navigate({ conversation: recalled ?? latest ?? NEW }, { replace: true });
}

function onFailure(error: unknown) {
  const isGone = error instanceof ApiError && error.status === 404;
  history.value = isGone ? "gone" : "failed";
}

attachConversation({
  id: () => (shown === NEW ? null : shown || null),
  ready: async () => {
    for (let last = null; last !== opening; ) await (last = opening);
  },
  onBegun: (id) => {
    if (shown === NEW || shown === "") history.value = "ready";
    shown = id;
    remember("conversation", id);
    navigate({ conversation: id }, { replace: true });
  },
});

/** Follows the address. */
effect(() => {
  const id = conversation.value;
  if (user.value && id !== shown) untracked(() => display(id));
});

onEnd(() => {
  abandonAnswer();
  shown = NEW;
  messages.value = [];
  remember("conversation", null);
});
