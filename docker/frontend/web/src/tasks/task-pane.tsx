// The list of tasks and everything one does to it by hand.
import { useEffect, useState } from "preact/hooks";
import { explain } from "../api/http.ts";
import { filters } from "../state/filters.ts";
import { loading, loadMore, next, refresh, tasks } from "../state/tasks.ts";
import { today } from "../text/dates.ts";
import { Placeholder, Skeleton } from "../ui/controls.tsx";
import { EmptyList } from "./empty-list.tsx";
import { groupTasks } from "./groups.ts";
import { QuickAdd } from "./quick-add.tsx";
import { TaskRow } from "./task-row.tsx";
import { Toolbar } from "./toolbar.tsx";

export function TaskPane({ onAsk }: { onAsk: () => void }) {
  useRefreshOnReturn();
  return (
    <section class="tasks pane" id="tasks" aria-labelledby="tasks-title" tabIndex={-1}>
      <header class="tasks-head">
        <h2 id="tasks-title">Tasks</h2>
        <Summary />
      </header>
      <QuickAdd />
      <Toolbar />
      <div class="tasks-scroll">
        <List onAsk={onAsk} />
      </div>
    </section>
  );
}

function Summary() {
  if (loading.value.kind !== "ready" || tasks.value.length === 0) return null;
  const open = tasks.value.filter((task) => !task.done);
  const late = open.filter((task) => task.due && task.due < today()).length;
  const more = next.value ? "+" : "";
  if (filters.value.view === "done") return <p class="muted">{tasks.value.length + more} done</p>;
  return (
    <p class="muted">
      {open.length + more} open{late > 0 && <span class="late">, {late} overdue</span>}
    </p>
  );
}

function List({ onAsk }: { onAsk: () => void }) {
  const [editing, setEditing] = useState<string | null>(null);
  const state = loading.value;
  if (state.kind === "loading") return <Skeleton rows={5} label="Loading your tasks" />;
  if (state.kind === "failed") return <Failed error={state.error} />;
  if (tasks.value.length === 0) return <EmptyList onAsk={onAsk} />;
  return (
    <>
      {groupTasks(tasks.value, filters.value, today()).map((group) => (
        <section
          key={group.key}
          class="group"
          data-group={group.key}
          aria-label={group.title || "Tasks"}
        >
          {group.title && (
            <h3>
              {group.title} <span class="group-count">{group.tasks.length}</span>
            </h3>
          )}
          <ul class="task-list">
            {group.tasks.map((task) => (
              <TaskRow
                key={task.id}
                task={task}
                isEditing={editing === task.id}
                onEdit={setEditing}
              />
            ))}
          </ul>
        </section>
      ))}
      {next.value && <More />}
    </>
  );
}

function More() {
  return (
    <button type="button" class="button more" onClick={() => void loadMore()}>
      Show more
    </button>
  );
}

function Failed({ error }: { error: unknown }) {
  return (
    <Placeholder icon="warning" title="Your tasks could not be loaded.">
      <p class="muted" role="alert">
        {explain(error)}
      </p>
      <button type="button" class="button" onClick={() => void refresh()}>
        Try again
      </button>
    </Placeholder>
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
