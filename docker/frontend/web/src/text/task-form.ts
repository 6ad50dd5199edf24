// What a form about a task says, as text, and what that means. Pure.
import type { Priority, Task, TaskDraft } from "../api/types.ts";
import { parseTags } from "./words.ts";

/** The fields by name, as they were typed. */
export interface FormValues {
  title: string;
  notes: string;
  due: string;
  priority: Priority;
  tags: string;
}

export const EMPTY: FormValues = { title: "", notes: "", due: "", priority: "medium", tags: "" };

export function valuesOf({ title, notes, due, priority, tags }: Task | TaskDraft): FormValues {
  return { title, notes, due: due ?? "", priority, tags: tags.join(", ") };
}

export function draftOf({ title, notes, due, priority, tags }: FormValues): TaskDraft {
  return {
    title: title.trim(),
    notes: notes.trim(),
    due: due || null,
    priority,
    tags: parseTags(tags),
  };
}

/** The names of the fields in which the two differ. */
export const differing = (a: FormValues, b: FormValues) =>
  (Object.keys(a) as (keyof FormValues)[]).filter((name) => a[name] !== b[name]);
