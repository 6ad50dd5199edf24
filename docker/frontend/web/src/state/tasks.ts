// The list of tasks as it is shown. The server decides what is on it and how many there are; a reload
// keeps as many rows as were shown, so that nothing collapses under the reader.
import { computed, effect, signal, untracked } from "@preact/signals";
import { ApiError } from "../api/http.ts";
import { gather } from "../api/pages.ts";
import * as api from "../api/tasks.ts";
import type { Task } from "../api/types.ts";
import { coalesced } from "./coalesced.ts";
import { count, refreshLate } from "./counts.ts";
import { filters, toQuery } from "./filters.ts";
import { complain } from "./notice.ts";
import { hidden } from "./removal.ts";
import { loadWithRetry } from "./retry.ts";
import { onEnd, user } from "./session.ts";
import { broadcast, onTabMessage } from "./tab-channel.ts";

type Loading = { kind: "loading" } | { kind: "ready" } | { kind: "failed"; error: unknown };

const loaded = signal<Task[]>([]);
/** Added lately and not among the loaded rows, so shown apart. */
const added = signal<Task[]>([]);
export const loading = signal<Loading>({ kind: "loading" });
export const next = signal<string | null>(null);
/** Lately changed by the chat or from here, to be pointed out. */
export const touched = signal<ReadonlySet<string>>(new Set());
/** The row to bring into view. */
export const revealed = signal<string | null>(null);
export const knownTags = signal<readonly string[]>([]);

const isShown = (task: Task) => !hidden.value.has(task.id);
export const tasks = computed(() => loaded.value.filter(isShown));
export const addedElsewhere = computed(() => added.value.filter(isShown));

const PAGE_SIZE = 50;
const ADDED_SHOWN = 3;
const TYPING_MS = 200;
const POINTED_OUT_MS = 2_500;

/** As many rows as were shown last are loaded again. */
let wanted = PAGE_SIZE;
/** All rows were shown; those that are added then are shown too. */
let isWhole = false;
/** Loads the list anew. */
export const refresh = coalesced(() =>
  loadWithRetry(load, (error) => {
    loading.value = { kind: "failed", error };
  }),
);

let begun = 0;
let ended = 0;

/** Tells later whether the list was being loaded meanwhile: it may not know what changed then. */
export function watchLoads(): () => boolean {
  const before = ended;
  return () => begun > before;
}

async function load() {
  const current = ++begun;
  try {
    await loadNow();
  } finally {
    ended = current;
  }
}

async function loadNow() {
  const [asked, person] = [filters.value, user.value];
  if (!person) return;
  const [page] = await Promise.all([
    gather(isWhole ? wanted + PAGE_SIZE : wanted, (at) => api.listTasks(toQuery(asked, at))),
    refreshLate(),
    refreshAdded(),
  ]);
  // What was asked for since then is on its way.
  if (asked !== filters.value || person !== user.value) return;
  take(page.rows, page.next);
  count(page);
  loading.value = { kind: "ready" };
}

export async function loadMore() {
  const [asked, person] = [filters.value, user.value];
  try {
    const query = toQuery(asked, { cursor: next.value, limit: PAGE_SIZE });
    const page = await api.listTasks(query);
    if (asked !== filters.value || person !== user.value) return;
    take([...loaded.value, ...page.rows], page.next);
  } catch (error) {
    complain(error);
  }
}

function take(rows: Task[], cursor: string | null) {
  put(rows);
  next.value = cursor;
  wanted = Math.max(PAGE_SIZE, rows.length);
  isWhole = cursor === null;
}

/** Shows each task once, and keeps what has not changed, so that its row is not drawn again. */
function put(list: Task[]) {
  const before = new Map(loaded.value.map((task) => [task.id, task]));
  const kept = (task: Task) => {
    const known = before.get(task.id);
    const isSame = known && known.version === task.version && known.done === task.done;
    return isSame ? known : task;
  };
  const once = new Map(list.map((task) => [task.id, kept(task)]));
  loaded.value = [...once.values()];
  added.value = added.value.filter((task) => !once.has(task.id));
  const tags = new Set([...knownTags.value, ...list.flatMap((task) => task.tags)]);
  if (tags.size !== knownTags.value.length) knownTags.value = [...tags].sort();
}

/** Shows `task` in its new form wherever it stands. */
export function replace(task: Task) {
  const swap = (other: Task) => (other.id === task.id ? task : other);
  put(loaded.value.map(swap));
  added.value = added.value.map(swap);
}

/** Shows what was just added, wherever in the list it belongs, and points it out. */
export async function showAdded(...list: Task[]) {
  await touch(list.map((task) => task.id));
  const shown = new Set(loaded.value.map((task) => task.id));
  const apart = list.filter((task) => !shown.has(task.id));
  added.value = [...added.value, ...apart].slice(-ADDED_SHOWN);
  revealed.value = list.at(-1)?.id ?? null;
}

/** Those shown apart are not in the pages that are loaded, so they are looked up one by one. */
async function refreshAdded() {
  await Promise.all(
    added.value.map((task) => api.loadTask(task.id).then(replace, dropIfGone(task))),
  );
}

const dropIfGone = (task: Task) => (error: unknown) => {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
  added.value = added.value.filter((other) => other.id !== task.id);
};

/** Points out what has changed, once the list shows it. */
export async function touch(ids: string[]) {
  touched.value = new Set([...touched.value, ...ids]);
  await refresh();
  setTimeout(() => {
    touched.value = new Set([...touched.value].filter((id) => !ids.includes(id)));
  }, POINTED_OUT_MS);
}

/** The other tabs load what this one has changed. */
export function tellTabs() {
  if (user.value) broadcast({ kind: "changed", what: "tasks", userId: user.value.id });
}

onTabMessage((message) => {
  if (message.kind !== "changed" || message.what !== "tasks") return;
  if (message.userId === user.value?.id) void refresh();
});

onEnd(() => {
  loaded.value = [];
  added.value = [];
  knownTags.value = [];
  next.value = null;
  wanted = PAGE_SIZE;
  loading.value = { kind: "loading" };
});

/** Loads the list on log-in and whenever the filters change; a search once typing has paused. */
let searched = "";
effect(() => {
  const { text } = filters.value;
  if (!user.value) return;
  wanted = PAGE_SIZE;
  isWhole = false;
  untracked(() => (added.value = []));
  const isTyping = text !== searched;
  searched = text;
  const timer = setTimeout(refresh, isTyping ? TYPING_MS : 0);
  return () => clearTimeout(timer);
});
