// New tasks that have not reached the server: on their way, or with why they did not get through.
import { discard, type OutboxEntry, outbox, submit } from "../state/outbox.ts";

export function OutboxList() {
  if (outbox.value.length === 0) return null;
  return (
    <ul class="outbox" aria-label="Not yet added">
      {outbox.value.map((entry) => (
        <li key={entry.key} class="outbox-entry" data-failed={entry.error !== ""}>
          <p class="outbox-entry-title">
            <bdi>{entry.draft.title}</bdi>
          </p>
          {entry.error ? <Failed entry={entry} /> : <p class="muted">Adding…</p>}
        </li>
      ))}
    </ul>
  );
}

function Failed({ entry }: { entry: OutboxEntry }) {
  return (
    <>
      <p class="outbox-entry-error" role="alert">
        {entry.error}
      </p>
      <div class="outbox-entry-actions">
        <button type="button" class="button small" onClick={() => void submit(entry)}>
          Try again
        </button>
        <button type="button" class="button small" onClick={() => discard(entry.key)}>
          Discard
        </button>
      </div>
    </>
  );
}
