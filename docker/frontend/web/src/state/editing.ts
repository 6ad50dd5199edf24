// Which tasks are being edited. An edit with unsaved changes stays open until it is saved or thrown
// away: when another row is opened, when the list changes, and over a reload.
import { computed, effect, signal } from "@preact/signals";
import type { Task } from "../api/types.ts";
import { differing, type FormValues, valuesOf } from "../text/task-form.ts";
import { draftsOf, keepDraft, recallDraft } from "./drafts.ts";
import { user } from "./session.ts";
import { tasks } from "./tasks.ts";

export interface Edit {
  /** The task as it was when the person began. */
  base: Task;
  /** What the form says; null as long as nothing is changed. */
  values: FormValues | null;
}

const PREFIX = "edit.";

export const edits = signal<ReadonlyMap<string, Edit>>(new Map());

/** Tasks with unsaved changes that the list, as it is now, does not show. */
export const editedElsewhere = computed(() => {
  const ids = new Set(tasks.value.map((task) => task.id));
  const unsaved = [...edits.value.values()].filter(({ values }) => values);
  return unsaved.map(({ base }) => base).filter((task) => !ids.has(task.id));
});

/** Opens `task` for editing; others in which nothing was changed close. */
export function openEditor(task: Task) {
  const unsaved = [...edits.value].filter(([, { values }]) => values);
  edits.value = new Map(unsaved).set(task.id, { base: task, values: null });
}

/** Keeps what the form says. */
export function keepEdit(base: Task, values: FormValues) {
  const changed = differing(values, valuesOf(base)).length > 0;
  const edit = { base, values: changed ? values : null };
  edits.value = new Map(edits.value).set(base.id, edit);
  keepDraft(PREFIX + base.id, changed ? edit : null);
}

export function closeEditor(id: string) {
  const rest = new Map(edits.value);
  rest.delete(id);
  edits.value = rest;
  keepDraft(PREFIX + id, null);
}

function recallEdits(): Map<string, Edit> {
  const entries = draftsOf(PREFIX).map((id) => [id, recallDraft<Edit>(PREFIX + id)] as const);
  return new Map(entries.filter((entry): entry is [string, Edit] => entry[1] !== null));
}

effect(() => {
  edits.value = user.value ? recallEdits() : new Map();
});
