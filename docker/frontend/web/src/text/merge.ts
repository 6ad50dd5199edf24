// Two people, or two tabs, change the same task: which fields each changed, and where they disagree.
// Pure.
import type { Task, TaskChange } from "../api/types.ts";

export type Field = keyof TaskChange;

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What of `wanted` differs from `base`. */
export function changesOf(base: Task, wanted: TaskChange): TaskChange {
  const entries = Object.entries(wanted).filter(
    ([name, value]) => !same(base[name as Field], value),
  );
  return Object.fromEntries(entries) as TaskChange;
}

/** The fields of `mine` that `theirs` has set to something else since `base`. */
export function conflictsOf(base: Task, mine: TaskChange, theirs: Task): Field[] {
  const fields = Object.keys(mine) as Field[];
  return fields.filter(
    (name) => !same(base[name], theirs[name]) && !same(mine[name], theirs[name]),
  );
}

/** Whether a person would see no difference. */
export const looksSame = (a: Task, b: Task) => {
  const { title, notes, due, priority, tags, done } = b;
  return Object.keys(changesOf(a, { title, notes, due, priority, tags, done })).length === 0;
};
