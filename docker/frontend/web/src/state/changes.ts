// Every change to a task that is made by hand. Changes show at once and are taken back if the server
// refuses; only what was changed is sent, and only onto the version that the person saw.
import { ApiError } from "../api/http.ts";
import * as api from "../api/tasks.ts";
import type { Task, TaskChange } from "../api/types.ts";
import { conflictsOf, type Field, looksSame } from "../text/merge.ts";
import { quote } from "../text/words.ts";
import { recount } from "./counts.ts";
import { complain } from "./notice.ts";
import * as removal from "./removal.ts";
import { refresh, replace, tellTabs, watchLoads } from "./tasks.ts";

/** Somebody else has set the same fields to something else. */
export class Conflict extends Error {
  constructor(
    readonly theirs: Task,
    readonly fields: Field[],
  ) {
    super("This task was changed elsewhere meanwhile.");
  }
}

const ATTEMPTS = 4;
const failedWith = (error: unknown, status: number) =>
  error instanceof ApiError && error.status === status;

/**
 * Changes `base` as it was when the person began. Changes of other fields that were made elsewhere
 * meanwhile stay; of the same fields, they are a `Conflict`.
 */
export async function edit(base: Task, change: TaskChange): Promise<Task> {
  const wasLoaded = watchLoads();
  const task = await sendOnto(base, change);
  replace(task);
  tellTabs();
  if (wasLoaded()) void refresh();
  else recount().catch(() => {});
  return task;
}

async function sendOnto(base: Task, change: TaskChange): Promise<Task> {
  let { version } = base;
  for (let attempt = 1; ; attempt++) {
    try {
      return await api.changeTask(base.id, change, version);
    } catch (error) {
      if (!failedWith(error, 412) || attempt === ATTEMPTS) throw error;
      const theirs = await api.loadTask(base.id);
      const fields = conflictsOf(base, change, theirs);
      if (fields.length > 0) throw new Conflict(theirs, fields);
      version = theirs.version;
    }
  }
}

/** Ticks or unticks; the row stays where it is until the list is next loaded: nothing jumps. */
export async function tick(task: Task, done: boolean) {
  replace({ ...task, done });
  try {
    await edit(task, { done });
  } catch (error) {
    replace(task);
    complain(error);
  }
}

export function remove(task: Task) {
  removal.remove({
    id: task.id,
    text: `Deleted ${quote(task.title)}`,
    send: async () => {
      await deleteAsSeen(task);
      // It counts, too; a log-out waits for this, and nothing may be on its way after it.
      await refresh();
      tellTabs();
    },
  });
}

/** Deletes what the person saw, not what somebody has made of it since. */
async function deleteAsSeen(task: Task) {
  try {
    await api.deleteTask(task.id, task.version);
  } catch (error) {
    if (failedWith(error, 404)) return;
    if (!failedWith(error, 412)) throw error;
    const theirs = await api.loadTask(task.id);
    replace(theirs);
    if (!looksSame(task, theirs)) {
      throw new Error(
        `${quote(theirs.title)} was changed elsewhere meanwhile, so it is still here.`,
      );
    }
    await api.deleteTask(task.id, theirs.version);
  }
}
