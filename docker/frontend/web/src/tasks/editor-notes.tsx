// What an editor says when the task is no longer what it was when the person began.
import type { Conflict } from "../state/changes.ts";
import { describeDay } from "../text/dates.ts";
import type { Field } from "../text/merge.ts";

const NAMES: Record<Field, string> = {
  title: "Title",
  notes: "Notes",
  due: "Due",
  priority: "Priority",
  tags: "Tags",
  done: "Done",
};

interface ConflictProps {
  conflict: Conflict;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
}

export function ConflictNote({ conflict, onKeepMine, onTakeTheirs }: ConflictProps) {
  return (
    <div class="editor-note" role="alert">
      <p>This was changed elsewhere meanwhile:</p>
      <dl>
        {conflict.fields.map((field) => (
          <div key={field}>
            <dt>{NAMES[field]}</dt>
            <dd>
              <bdi>{wording(conflict, field)}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <div class="editor-note-actions">
        <button type="button" class="button small" onClick={onTakeTheirs}>
          Take that
        </button>
        <button type="button" class="button small" onClick={onKeepMine}>
          Keep mine
        </button>
      </div>
    </div>
  );
}

function wording({ theirs }: Conflict, field: Field): string {
  const value = theirs[field];
  if (field === "due" && theirs.due) return describeDay(theirs.due);
  const text = Array.isArray(value) ? value.join(", ") : String(value ?? "");
  return text || "(empty)";
}

export function GoneNote({ onAddAgain }: { onAddAgain: () => void }) {
  return (
    <div class="editor-note" role="alert">
      <p>This task was deleted elsewhere meanwhile.</p>
      <div class="editor-note-actions">
        <button type="button" class="button small" onClick={onAddAgain}>
          Add it as a new task
        </button>
      </div>
    </div>
  );
}
