// What part of the list is shown and in which order, as the backend's query understands it.
import { computed } from "@preact/signals";
import { addDays, today } from "../text/dates.ts";
import { navigate, route } from "./navigation.ts";
import type { Filters } from "./route.ts";

export type { Filters } from "./route.ts";

export const filters = computed(() => route.value.filters);

/** Narrows or widens the list. A search that grows letter by letter is one step for Back. */
export function filter(change: Partial<Filters>) {
  const isTyping = change.text !== undefined && filters.value.text !== "";
  navigate({ filters: { ...filters.value, ...change } }, { replace: isTyping });
}

export const clearFilters = () => filter({ text: "", tag: "", priority: "", due: "" });

/** Whether less is shown than the view holds. */
export const isNarrowed = ({ text, tag, priority, due }: Filters) =>
  [text, tag, priority, due].some((value) => value !== "");

/** The backend's query for at most `limit` tasks from `cursor` on. */
export function toQuery(
  filters: Filters,
  { cursor = null, limit }: { cursor?: string | null; limit: number },
): URLSearchParams {
  const day = today();
  const query = new URLSearchParams({ sort: filters.sort, limit: String(limit) });
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

/** The query that counts what is overdue. */
export const lateQuery = () =>
  new URLSearchParams({ done: "false", due_before: addDays(today(), -1), limit: "1" });
