// What was done for an answer: the tool in words, the tasks it touched, and on demand the call
// itself.

import type { Task } from "../api/types.ts";
import { refusal, type ToolCard, tasksIn } from "../state/turn.ts";
import { describeDay } from "../text/dates.ts";
import { count } from "../text/words.ts";
import { Icon, type IconName } from "../ui/icons.tsx";

interface Wording {
  icon: IconName;
  running: string;
  done: (tasks: Task[], args: Record<string, unknown>) => string;
  failed: string;
}

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
    done: (tasks) => `Found ${count(tasks.length, "task")}`,
    failed: "Could not read the list",
  },
  complete_task: {
    icon: "tick",
    running: "Marking a task…",
    done: (_, args) => (args.done === false ? "Reopened" : "Completed"),
    failed: "Could not mark the task",
  },
  update_task: {
    icon: "edit",
    running: "Changing a task…",
    done: () => "Changed",
    failed: "Could not change the task",
  },
  delete_task: {
    icon: "trash",
    running: "Deleting a task…",
    done: () => "Deleted",
    failed: "Could not delete the task",
  },
};

const SHOWN = 6;

/**
 * `isAside`: a list need not be shown, because the answer lists the tasks in its own words, with
 * the numbers that "the first one" refers to, or because it was only looked up for what was done
 * next.
 */
export function ToolCardView({ tool, isAside }: { tool: ToolCard; isAside: boolean }) {
  const wording = WORDINGS[tool.name] ?? unknownTool(tool.name);
  const tasks = tool.is_error ? [] : tasksIn(tool.result);
  return (
    <section
      class="card"
      data-tool={tool.name}
      data-state={stateOf(tool)}
      aria-label={`Action: ${title(tool, wording, tasks)}`}
    >
      <p class="card-title">
        {tool.running ? (
          <span class="spinner" aria-hidden="true" />
        ) : (
          <Icon name={tool.is_error ? "warning" : wording.icon} size={16} />
        )}
        {title(tool, wording, tasks)}
      </p>
      {tool.is_error && <p class="card-error">{refusal(tool.result)}</p>}
      {tasks.length > 0 && !(isAside && tool.name === "list_tasks") && (
        <TaskLines tasks={tasks} deleted={tool.name === "delete_task"} />
      )}
      <CallDetails tool={tool} />
    </section>
  );
}

const stateOf = (tool: ToolCard) => (tool.running ? "running" : tool.is_error ? "failed" : "done");

function title(tool: ToolCard, wording: Wording, tasks: Task[]): string {
  if (tool.running) return wording.running;
  return tool.is_error ? wording.failed : wording.done(tasks, tool.arguments);
}

const unknownTool = (name: string): Wording => ({
  icon: "list",
  running: `Using ${name}…`,
  done: () => `Used ${name}`,
  failed: `${name} failed`,
});

function TaskLines({ tasks, deleted }: { tasks: Task[]; deleted: boolean }) {
  const rest = tasks.length - SHOWN;
  return (
    <ul class="card-tasks">
      {tasks.slice(0, SHOWN).map((task) => (
        <li key={task.id} data-done={task.done || deleted}>
          <span class="card-dot" aria-hidden="true" />
          <span class="card-task">{task.title}</span>
          {task.due && <span class="card-due">{describeDay(task.due)}</span>}
        </li>
      ))}
      {rest > 0 && <li class="card-rest">and {count(rest, "more task")}</li>}
    </ul>
  );
}

function CallDetails({ tool }: { tool: ToolCard }) {
  return (
    <details class="card-details">
      <summary>Details</summary>
      <pre
        tabIndex={0}
        role="group"
        aria-label="The call"
      >{`${tool.name}(${JSON.stringify(tool.arguments, null, 2)})`}</pre>
    </details>
  );
}
