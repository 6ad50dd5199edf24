// What was done for an answer: the tool in words, the tasks it touched, and on demand the call
// itself.
import type { Task } from "../api/types.ts";
import { needsYes, refusal, type ToolCard, tasksIn } from "../state/turn.ts";
import { describeDay } from "../text/dates.ts";
import { count } from "../text/words.ts";
import { Icon } from "../ui/icons.tsx";
import { wordingOf } from "./tool-words.ts";

const SHOWN = 6;

/**
 * `isAside`: a list need not be shown, because the answer lists the tasks in its own words, with
 * the numbers that "the first one" refers to, or because it was only looked up for what was done
 * next.
 */
export function ToolCardView({ tool, isAside }: { tool: ToolCard; isAside: boolean }) {
  const tasks = tool.is_error ? [] : tasksIn(tool.result);
  const state = stateOf(tool);
  const { icon, title } = wordingOf(tool, state);
  return (
    <section class="card" data-tool={tool.name} data-state={state} aria-label={`Action: ${title}`}>
      <p class="card-title">
        {tool.running ? (
          <span class="spinner" aria-hidden="true" />
        ) : (
          <Icon name={icon} size={16} />
        )}
        {title}
      </p>
      {state === "failed" && <p class="card-error">{refusal(tool.result)}</p>}
      {tasks.length > 0 && !(isAside && tool.name === "list_tasks") && (
        <TaskLines tasks={tasks} deleted={/^delete_/.test(tool.name)} />
      )}
      <CallDetails tool={tool} />
    </section>
  );
}

const stateOf = (tool: ToolCard) => {
  if (tool.running) return "running";
  if (needsYes(tool.result)) return "asking";
  return tool.is_error ? "failed" : "done";
};

function TaskLines({ tasks, deleted }: { tasks: Task[]; deleted: boolean }) {
  const rest = tasks.length - SHOWN;
  return (
    <ul class="card-tasks">
      {tasks.slice(0, SHOWN).map((task) => (
        <li key={task.id} data-done={task.done || deleted}>
          <span class="card-dot" aria-hidden="true" />
          <bdi class="card-task">{task.title}</bdi>
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
