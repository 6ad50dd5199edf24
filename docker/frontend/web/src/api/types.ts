// The shapes that the backend speaks, as its contract names them.

export type Priority = "low" | "medium" | "high";

export interface Task {
  id: string;
  title: string;
  notes: string;
  /** A day without a time, `YYYY-MM-DD`. */
  due: string | null;
  priority: Priority;
  tags: string[];
  done: boolean;
  /** Grows by one with each change. */
  version: number;
  created_at: string;
  updated_at: string;
}

/** What a person may set on a new task. */
export type TaskDraft = Pick<Task, "title" | "notes" | "due" | "priority" | "tags">;

/** What a person may change. */
export type TaskChange = Partial<TaskDraft & Pick<Task, "done">>;

export interface TaskCounts {
  all: number;
  open: number;
  done: number;
}

export interface User {
  id: string;
  name: string;
  email: string;
}

export type Brain = "rules" | "llm";

export interface ToolCall {
  id?: string;
  name: string;
  arguments: Record<string, unknown>;
  result?: unknown;
  is_error?: boolean;
}

export interface HistoryMessage {
  role: "user" | "assistant";
  content: string;
  brain: Brain | null;
  tool_calls: ToolCall[] | null;
  created_at: string;
}

export interface ConversationSummary {
  id: string;
  title: string;
  updated_at: string;
}

export interface Conversation {
  id: string;
  title: string;
  messages: HistoryMessage[];
}
