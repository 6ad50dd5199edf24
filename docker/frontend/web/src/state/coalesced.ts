// Many flushers for the same work, and only as much work as that needs. Pure.

/** Runs `work` once at a time; flushers made while it runs become one more run, which all await. */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let again = false;
  const run = async () => {
    while (again) {
      again = false;
      await work();
    }
  };
  return () => {
    again = true;
    running ??= run().finally(() => (running = null));
    return running;
  };
}
