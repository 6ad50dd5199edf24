// One message of the conversation as the page holds it, and how the events of an answer change it.
// Pure.
import type { ChatEvent } from "../api/chat.ts";
import type { Brain, HistoryMessage, Task, ToolCall } from "../api/types.ts";

export interface Message {
  key: number;
  role: "user" | "assistant";
  text: string;
  state: "waiting" | "streaming" | "stopping" | "resuming" | "done" | "stopped" | "failed";
  brain: Brain | null;
  tools: ToolCard[];
  /** Why it failed. */
  error: string;
}

export interface ToolCard extends ToolCall {
  id: string;
  running: boolean;
}

let lastKey = 0;

export function message(role: Message["role"], text: string, state: Message["state"]): Message {
  return { key: ++lastKey, role, text, state, brain: null, tools: [], error: "" };
}

export function fromHistory(past: HistoryMessage): Message {
  const tools = (past.tool_calls ?? []).map((call, index) => ({
    ...call,
    id: call.id ?? String(index),
    is_error: call.is_error ?? refused(call.result),
    running: false,
  }));
  return { ...message(past.role, past.content, "done"), brain: past.brain, tools };
}

/** The message after `event`. */
export function apply(before: Message, event: ChatEvent): Message {
  switch (event.kind) {
    case "begun":
      return before;
    case "delta":
      return { ...before, state: goingOn(before), text: before.text + event.text };
    case "tool_call": {
      const { id, name, arguments: args } = event;
      const others = before.tools.filter((tool) => tool.id !== id);
      return {
        ...before,
        state: goingOn(before),
        tools: [...others, { id, name, arguments: args, running: true }],
      };
    }
    case "tool_result":
      return {
        ...before,
        tools: before.tools.map((tool) => (tool.id === event.id ? finish(tool, event) : tool)),
      };
    case "resuming":
      return { ...before, state: "resuming" };
    case "done":
      return { ...before, state: "done", text: event.reply || before.text, brain: event.brain };
    case "error":
      return fail(before, event.message);
  }
}

const goingOn = ({ state }: Message) => (state === "stopping" ? state : "streaming");

export function fail(before: Message, error: string): Message {
  return { ...stopTools(before), state: "failed", error };
}

/** The server was asked to stop and has not yet said what was done. */
export const markStopping = (before: Message): Message => ({ ...before, state: "stopping" });

export function stop(before: Message): Message {
  return { ...stopTools(before), state: "stopped" };
}

const stopTools = (before: Message) => ({
  ...before,
  tools: before.tools.filter((tool) => !tool.running),
});

function finish(tool: ToolCard, event: { result: unknown; is_error: boolean }): ToolCard {
  return {
    ...tool,
    running: false,
    result: event.result,
    is_error: event.is_error || refused(event.result),
  };
}

const field = (result: unknown, name: string): unknown =>
  typeof result === "object" && result !== null
    ? (result as Record<string, unknown>)[name]
    : undefined;

const refused = (result: unknown) => field(result, "error") !== undefined;

/** The sentence of a tool that refused. */
export function refusal(result: unknown): string {
  const error = field(result, "error") ?? result;
  return typeof error === "string" ? error : String(field(error, "message") ?? "");
}

/** Whether nothing was done yet because it waits for the person's yes. */
export const needsYes = (result: unknown) => field(result, "needs_yes") === true;

/** The tasks that a tool's result speaks of. */
export function tasksIn(result: unknown): Task[] {
  const found = ["tasks", "task", "deleted"].map((name) => field(result, name));
  const one = found.find((value) => typeof value === "object" && value !== null);
  return one === undefined ? [] : ([one].flat() as Task[]);
}

/** How many tasks a look-up found; the result may hold fewer. */
export const totalIn = (result: unknown): number => {
  const total = field(result, "total");
  return typeof total === "number" ? total : tasksIn(result).length;
};

/** Whether a tool of this name may have changed the list. */
export const changesTasks = (name: string) => name !== "list_tasks";

/** Whether a tool of this name puts tasks on the list. */
export const addsTasks = (name: string) => name === "add_task" || name === "restore_tasks";
