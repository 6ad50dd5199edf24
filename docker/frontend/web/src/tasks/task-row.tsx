// One task: tick it, read it, change it, delete it. A row is drawn anew only when its task changes.
import { useComputed } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Task } from "../api/types.ts";
import { remove, tick } from "../state/changes.ts";
import { edits, openEditor } from "../state/editing.ts";
import { filter } from "../state/filters.ts";
import { touched } from "../state/tasks.ts";
import { describeDay, today } from "../text/dates.ts";
import { IconButton } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { TaskEditor } from "./task-editor.tsx";

export function TaskRow({ task }: { task: Task }) {
  const title = useRef<HTMLButtonElement>(null);
  const edited = useComputed(() => edits.value.get(task.id)?.base).value;
  const isTouched = useComputed(() => touched.value.has(task.id)).value;
  useFocusAfterEditing(title, edited !== undefined);
  if (edited) {
    return (
      <li class="task editing" data-id={task.id}>
        <TaskEditor base={edited} />
      </li>
    );
  }
  return (
    <li class="task" data-done={task.done} data-touched={isTouched} data-id={task.id}>
      <input
        type="checkbox"
        class="task-box"
        checked={task.done}
        aria-label={`Done: ${task.title}`}
        onChange={(event) => void tick(task, event.currentTarget.checked)}
      />
      <div class="task-body">
        <button
          ref={title}
          type="button"
          class="task-title"
          title="Edit"
          onClick={() => openEditor(task)}
        >
          <bdi>{task.title}</bdi>
        </button>
        {task.notes && (
          <p class="task-notes" dir="auto">
            {task.notes}
          </p>
        )}
        <Facts task={task} />
      </div>
      <div class="task-actions">
        <IconButton icon="edit" label={`Edit ${task.title}`} onClick={() => openEditor(task)} />
        <IconButton
          icon="trash"
          label={`Delete ${task.title}`}
          onClick={(event) => removeAndMoveOn(task, event.currentTarget)}
        />
      </div>
    </li>
  );
}

function Facts({ task }: { task: Task }) {
  if (!task.due && task.priority === "medium" && task.tags.length === 0) return null;
  return (
    <p class="task-facts">
      {task.due && (
        <span class="fact due" data-when={task.done ? "done" : when(task.due)}>
          <Icon name="calendar" size={14} />
          <span class="visually-hidden">Due </span>
          {describeDay(task.due)}
        </span>
      )}
      {task.priority !== "medium" && (
        <span class="fact priority" data-priority={task.priority}>
          <Icon name="flag" size={14} />
          {task.priority === "high" ? "High" : "Low"}
          <span class="visually-hidden"> priority</span>
        </span>
      )}
      {task.tags.map((tag) => (
        <button
          key={tag}
          type="button"
          class="fact tag"
          title={`Show only ${tag}`}
          onClick={() => filter({ tag })}
        >
          <bdi>#{tag}</bdi>
        </button>
      ))}
    </p>
  );
}

function when(due: string): "late" | "today" | "ahead" {
  const day = today();
  if (due < day) return "late";
  return due === day ? "today" : "ahead";
}

/** The keyboard's place moves to the next row, not to the top of the page. */
function removeAndMoveOn(task: Task, button: HTMLButtonElement) {
  const rows = [...document.querySelectorAll<HTMLElement>(".task")];
  const at = rows.indexOf(button.closest<HTMLElement>(".task") as HTMLElement);
  const neighbour = rows[at + 1] ?? rows[at - 1];
  const next =
    neighbour?.querySelector<HTMLElement>(".task-title") ?? document.getElementById("new-task");
  remove(task);
  next?.focus();
}

function useFocusAfterEditing(title: { current: HTMLButtonElement | null }, isEditing: boolean) {
  const wasEditing = useRef(false);
  useLayoutEffect(() => {
    if (wasEditing.current && !isEditing) title.current?.focus();
    wasEditing.current = isEditing;
  }, [isEditing]);
}
