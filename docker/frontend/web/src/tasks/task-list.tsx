// The rows, under their headings.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { explain } from "../api/http.ts";
import { total } from "../state/counts.ts";
import { filters } from "../state/filters.ts";
import { loading, loadMore, next, refresh, revealed, tasks } from "../state/tasks.ts";
import { today } from "../text/dates.ts";
import { Placeholder, Skeleton } from "../ui/controls.tsx";
import { EmptyList } from "./empty-list.tsx";
import { type Group, groupTasks } from "./groups.ts";
import { TaskRow } from "./task-row.tsx";

export function TaskList() {
  const scroller = useRef<HTMLDivElement>(null);
  useReveal();
  useEffect(() => scroller.current?.scrollTo(0, 0), [filters.value]);
  return (
    <div class="tasks-scroll" ref={scroller}>
      <Content />
    </div>
  );
}

function Content() {
  const state = loading.value;
  if (state.kind === "loading") return <Skeleton rows={5} label="Loading your tasks" />;
  if (state.kind === "failed") return <Failed error={state.error} />;
  if (tasks.value.length === 0) return <EmptyList />;
  return (
    <>
      {groupTasks(tasks.value, filters.value, today(), next.value !== null).map((group) => (
        <GroupView key={group.key} group={group} />
      ))}
      {next.value && <More />}
    </>
  );
}

function GroupView({ group: { key, title, tasks, isWhole } }: { group: Group }) {
  return (
    <section class="group" data-group={key} aria-label={title || "Tasks"}>
      {title && (
        <h3>
          {title} {isWhole && <span class="group-count">{tasks.length}</span>}
        </h3>
      )}
      <ul class="task-list">
        {tasks.map((task) => (
          <TaskRow key={task.id} task={task} />
        ))}
      </ul>
    </section>
  );
}

function More() {
  const left = total.value - tasks.value.length;
  return (
    <button type="button" class="button more" onClick={() => void loadMore()}>
      Show more {left > 0 && <span class="muted">{left} left</span>}
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

/** Brings what was just added into view, without moving more than that needs. */
function useReveal() {
  useSignalEffect(() => {
    const id = revealed.value;
    if (!id) return;
    requestAnimationFrame(() => {
      const row = document.querySelector(`.tasks [data-id="${CSS.escape(id)}"]`);
      row?.scrollIntoView({ block: "nearest" });
    });
  });
}
