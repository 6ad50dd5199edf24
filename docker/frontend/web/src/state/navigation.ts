// Where the person is. The address is the truth: going somewhere writes it, Back reads it.
import { computed, signal } from "@preact/signals";
import { formatRoute, NO_FILTERS, parseRoute, type Route } from "./route.ts";
import { onEnd } from "./session.ts";

export const route = signal<Route>(parseRoute(location.search));

export const tab = computed(() => route.value.tab);
export const conversation = computed(() => route.value.conversation);

/** Goes to another place; `replace` where Back should not lead to this one. */
export function navigate(change: Partial<Route>, { replace = false } = {}) {
  route.value = { ...route.value, ...change };
  const address = location.pathname + formatRoute(route.value);
  if (address === location.pathname + location.search) return;
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

addEventListener("popstate", () => (route.value = parseRoute(location.search)));

onEnd(() => navigate({ tab: "chat", conversation: "", filters: NO_FILTERS }, { replace: true }));
