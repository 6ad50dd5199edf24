// What is on the screen, as the address says it, so that it can be reloaded, shared between tabs and
// gone back to. Pure.
import type { Priority } from "../api/types.ts";

export interface Filters {
  view: "open" | "done" | "all";
  text: string;
  tag: string;
  priority: Priority | "";
  due: "" | "late" | "today" | "week";
  sort: "due" | "-created" | "-priority" | "title";
}

export type Tab = "chat" | "tasks";

export interface Route {
  /** Which pane a narrow screen shows. */
  tab: Tab;
  /** The open conversation's id, `NEW`, or nothing while that is still to be decided. */
  conversation: string;
  filters: Filters;
}

export const NEW = "new";

export const NO_FILTERS: Filters = {
  view: "open",
  text: "",
  tag: "",
  priority: "",
  due: "",
  sort: "due",
};

/** The values that the address may name; whatever else it says is left aside. */
const CHOICES = {
  view: ["open", "done", "all"],
  priority: ["", "high", "medium", "low"],
  due: ["", "late", "today", "week"],
  sort: ["due", "-created", "-priority", "title"],
} as const;

/** Reads a query string such as `?view=done&tag=home`. */
export function parseRoute(query: string): Route {
  const said = new URLSearchParams(query);
  const text = (name: string) => said.get(name) ?? "";
  const choice = <K extends keyof typeof CHOICES>(name: K): Filters[K] => {
    const options: readonly string[] = CHOICES[name];
    return (options.includes(text(name)) ? text(name) : NO_FILTERS[name]) as Filters[K];
  };
  return {
    tab: text("tab") === "tasks" ? "tasks" : "chat",
    conversation: text("conversation"),
    filters: {
      view: choice("view"),
      text: text("q"),
      tag: text("tag"),
      priority: choice("priority"),
      due: choice("due"),
      sort: choice("sort"),
    },
  };
}

/** The query string of a route; what is as usual is left out. */
export function formatRoute({ tab, conversation, filters }: Route): string {
  const query = new URLSearchParams();
  const set = (name: string, value: string, usual: string) =>
    value !== usual && query.set(name, value);
  set("tab", tab, "chat");
  set("conversation", conversation, "");
  for (const name of Object.keys(NO_FILTERS) as (keyof Filters)[]) {
    set(name === "text" ? "q" : name, filters[name], NO_FILTERS[name]);
  }
  const text = query.toString();
  return text && `?${text}`;
}
