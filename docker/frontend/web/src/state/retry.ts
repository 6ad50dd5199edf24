// What could not be loaded is loaded again, less and less often, until it works. The page says once
// what is wrong, not at each place that is waiting.
import { signal } from "@preact/signals";
import { ApiError, explain } from "../api/http.ts";
import { onEnd } from "./session.ts";

type Load = () => Promise<void>;
type OnFailure = (error: unknown) => void;

/** What is wrong at the moment; empty when all is well. */
export const outage = signal("");

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

const waiting = new Map<Load, OnFailure>();
let pause = FIRST_PAUSE_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Runs `load`, and again until it works if what is wrong may pass; what will not pass goes to
 * `onFailure`. `load` stands for itself: the same function waits only once.
 */
export async function loadWithRetry(load: Load, onFailure: OnFailure): Promise<void> {
  try {
    await load();
    settle(load);
  } catch (error) {
    if (error instanceof ApiError && error.isTemporary) wait(load, onFailure, error);
    else {
      settle(load);
      onFailure(error);
    }
  }
}

function wait(load: Load, onFailure: OnFailure, error: ApiError) {
  waiting.set(load, onFailure);
  outage.value = explain(error);
  timer ??= setTimeout(retryNow, pause);
}

function settle(load: Load) {
  waiting.delete(load);
  if (waiting.size > 0) return;
  outage.value = "";
  pause = FIRST_PAUSE_MS;
  clearTimeout(timer);
  timer = undefined;
}

/** Tries everything that is waiting. */
export async function retryNow() {
  clearTimeout(timer);
  timer = undefined;
  pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  await Promise.all([...waiting].map(([load, onFailure]) => loadWithRetry(load, onFailure)));
}

addEventListener("online", () => void retryNow());

onEnd(() => {
  for (const load of waiting.keys()) settle(load);
});
