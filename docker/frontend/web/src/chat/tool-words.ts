// Each tool in words: while it runs, once it is done, and when it failed. Pure.
import { type ToolCard, tasksIn, totalIn } from "../state/turn.ts";
import { count } from "../text/words.ts";
import type { IconName } from "../ui/icons.tsx";

export type ToolState = "running" | "asking" | "failed" | "done";

interface Wording {
  icon: IconName;
  running: string;
  done: (tool: ToolCard) => string;
  failed: string;
}

const many = (tool: ToolCard) => count(tasksIn(tool.result).length, "task");

const WORDINGS: Record<string, Wording> = {
  add_task: {
    icon: "plus",
    running: "Adding a task…",
    done: () => "Added",
    failed: "Could not add the task",
  },
  list_tasks: {
    icon: "list",
    running: "Looking at your list…",
    done: (tool) => `Found ${count(totalIn(tool.result), "task")}`,
    failed: "Could not read the list",
  },
  complete_task: {
    icon: "tick",
    running: "Marking a task…",
    done: (tool) => (tool.arguments.done === false ? "Reopened" : "Completed"),
    failed: "Could not mark the task",
  },
  update_task: {
    icon: "edit",
    running: "Changing a task…",
    done: () => "Changed",
    failed: "Could not change the task",
  },
  update_tasks: {
    icon: "edit",
    running: "Changing tasks…",
    done: (tool) => `Changed ${many(tool)}`,
    failed: "Could not change the tasks",
  },
  delete_task: {
    icon: "trash",
    running: "Deleting a task…",
    done: () => "Deleted",
    failed: "Could not delete the task",
  },
  delete_tasks: {
    icon: "trash",
    running: "Deleting tasks…",
    done: (tool) => `Deleted ${many(tool)}`,
    failed: "Could not delete the tasks",
  },
  restore_tasks: {
    icon: "undo",
    running: "Bringing tasks back…",
    done: (tool) => `Brought back ${many(tool)}`,
    failed: "Could not bring the tasks back",
  },
};

const unknownTool = (name: string): Wording => ({
  icon: "list",
  running: `Using ${name}…`,
  done: () => `Used ${name}`,
  failed: `${name} failed`,
});

/** What to show for `tool`. */
export function wordingOf(tool: ToolCard, state: ToolState): { icon: IconName; title: string } {
  const { icon, running, done, failed } = WORDINGS[tool.name] ?? unknownTool(tool.name);
  switch (state) {
    case "running":
      return { icon, title: running };
    case "asking":
      return { icon, title: "Waits for your yes" };
    case "failed":
      return { icon: "warning", title: failed };
    case "done":
      return { icon, title: done(tool) };
  }
}
