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
  created_at: string;
  updated_at: string;
}

/** What a person may set. */
export type TaskDraft = Pick<Task, "title" | "notes" | "due" | "priority" | "tags">;

export interface TaskPage {
  tasks: Task[];
  /** The cursor of the next page. */
  next: string | null;
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
