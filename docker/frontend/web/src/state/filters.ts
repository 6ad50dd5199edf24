// What part of the list is shown and in which order, as the backend's query understands it.
import { signal } from "@preact/signals";
import type { Priority } from "../api/types.ts";
import { addDays, today } from "../text/dates.ts";
import { onEnd } from "./session.ts";

export interface Filters {
  view: "open" | "done" | "all";
  text: string;
  tag: string;
  priority: Priority | "";
  due: "" | "late" | "today" | "week";
  sort: "due" | "-created" | "-priority" | "title";
}

const NONE: Filters = { view: "open", text: "", tag: "", priority: "", due: "", sort: "due" };
const PAGE_SIZE = "50";

export const filters = signal<Filters>(NONE);

onEnd(() => (filters.value = NONE));

export function filter(change: Partial<Filters>) {
  filters.value = { ...filters.value, ...change };
}

export const clearFilters = () => filter({ text: "", tag: "", priority: "", due: "" });

/** Whether less is shown than the view holds. */
export const isNarrowed = ({ text, tag, priority, due }: Filters) =>
  [text, tag, priority, due].some((value) => value !== "");

export function toQuery(filters: Filters, cursor: string | null, day = today()): URLSearchParams {
  const query = new URLSearchParams({ sort: filters.sort, limit: PAGE_SIZE });
  const set = (name: string, value: string | null) => value && query.set(name, value);
  if (filters.view !== "all") query.set("done", String(filters.view === "done"));
  set("q", filters.text.trim());
  set("tag", filters.tag);
  set("priority", filters.priority);
  if (filters.due === "late") query.set("due_before", addDays(day, -1));
  if (filters.due === "today") query.set("due_after", day);
  if (filters.due === "today") query.set("due_before", day);
  if (filters.due === "week") query.set("due_before", addDays(day, 7));
  set("cursor", cursor);
  return query;
}
