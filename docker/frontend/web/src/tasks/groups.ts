// Tasks under the headings of when they are due. Pure.
import type { Task } from "../api/types.ts";
import type { Filters } from "../state/route.ts";
import { type Bucket, bucketOf } from "../text/dates.ts";

export interface Group {
  key: Bucket | "all";
  title: string;
  tasks: Task[];
  /** Whether all tasks of this heading are loaded, so that their number is known. */
  isWhole: boolean;
}

const TITLES: [Bucket, string][] = [
  ["late", "Overdue"],
  ["today", "Today"],
  ["soon", "Next 7 days"],
  ["later", "Later"],
  ["someday", "No date"],
  ["done", "Done"],
];

type View = Pick<Filters, "sort" | "view">;

/**
 * Headings make sense only in the order of due days; a task ticked just now stays where it was.
 * `hasMore`: whether the list goes on after `tasks`.
 */
export function groupTasks(tasks: Task[], view: View, day: string, hasMore = false): Group[] {
  if (view.sort !== "due" || view.view === "done")
    return [{ key: "all", title: "", tasks, isWhole: !hasMore }];
  const shownAs = (task: Task) =>
    bucketOf(view.view === "open" ? { ...task, done: false } : task, day);
  const last = tasks.at(-1);
  const end = hasMore && last ? shownAs(last) : null;
  const groups = TITLES.map(([key, title]) => ({
    key,
    title,
    tasks: tasks.filter((task) => shownAs(task) === key),
    isWhole: key !== end && !(hasMore && key === "done"),
  }));
  return groups.filter((group) => group.tasks.length > 0);
}
