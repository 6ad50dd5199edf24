// The list of tasks and everything one does to it by hand.
import { useEffect } from "preact/hooks";
import type { Task } from "../api/types.ts";
import { counts, late, total } from "../state/counts.ts";
import { editedElsewhere } from "../state/editing.ts";
import { filters, isNarrowed } from "../state/filters.ts";
import { addedElsewhere, refresh } from "../state/tasks.ts";
import { OutboxList } from "./outbox-list.tsx";
import { QuickAdd } from "./quick-add.tsx";
import { TaskList } from "./task-list.tsx";
import { TaskRow } from "./task-row.tsx";
import { Toolbar } from "./toolbar.tsx";

export function TaskPane() {
  useRefreshOnReturn();
  return (
    <section class="tasks pane" id="tasks" aria-labelledby="tasks-title" tabIndex={-1}>
      <header class="tasks-head">
        <h2 id="tasks-title">Tasks</h2>
        <Summary />
      </header>
      <QuickAdd />
      <OutboxList />
      <Apart title="Unsaved changes" tasks={editedElsewhere.value} />
      <Apart title="Just added" tasks={addedElsewhere.value} />
      <Toolbar />
      <TaskList />
    </section>
  );
}

function Summary() {
  if (!counts.value) return null;
  const { open, done } = counts.value;
  if (isNarrowed(filters.value)) return <p class="muted">{total.value} found</p>;
  if (filters.value.view === "done") return <p class="muted">{done} done</p>;
  return (
    <p class="muted">
      {open} open{late.value > 0 && <span class="late">, {late.value} overdue</span>}
    </p>
  );
}

/** Tasks that matter now although the list, as it is filtered and loaded, does not hold them. */
function Apart({ title, tasks }: { title: string; tasks: Task[] }) {
  if (tasks.length === 0) return null;
  return (
    <section class="apart" aria-label={title}>
      <h3>{title}</h3>
      <ul class="task-list">
        {tasks.map((task) => (
          <TaskRow key={task.id} task={task} />
        ))}
      </ul>
    </section>
  );
}

/** Someone who comes back to the page sees what has changed elsewhere. */
function useRefreshOnReturn() {
  useEffect(() => {
    const onReturn = () => document.visibilityState === "visible" && void refresh();
    document.addEventListener("visibilitychange", onReturn);
    addEventListener("online", onReturn);
    return () => {
      document.removeEventListener("visibilitychange", onReturn);
      removeEventListener("online", onReturn);
    };
  }, []);
}
