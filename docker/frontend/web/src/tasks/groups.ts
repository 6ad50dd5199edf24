// Tasks under the headings of when they are due. Pure.
import type { Task } from "../api/types.ts";
import type { Filters } from "../state/filters.ts";
import { type Bucket, bucketOf } from "../text/dates.ts";

export interface Group {
  key: Bucket | "all";
  title: string;
  tasks: Task[];
}

const TITLES: [Bucket, string][] = [
  ["late", "Overdue"],
  ["today", "Today"],
  ["soon", "Next 7 days"],
  ["later", "Later"],
  ["someday", "No date"],
  ["done", "Done"],
];

/** Headings make sense only in the order of due days; a task ticked just now stays where it was. */
export function groupTasks(
  tasks: Task[],
  { sort, view }: Pick<Filters, "sort" | "view">,
  day: string,
): Group[] {
  if (sort !== "due" || view === "done") return [{ key: "all", title: "", tasks }];
  const shownAs = (task: Task) => bucketOf(view === "open" ? { ...task, done: false } : task, day);
  const groups = TITLES.map(([key, title]) => ({
    key,
    title,
    tasks: tasks.filter((task) => shownAs(task) === key),
  }));
  return groups.filter((group) => group.tasks.length > 0);
}
