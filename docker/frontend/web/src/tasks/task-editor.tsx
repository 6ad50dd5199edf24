// Changing a task in its place. Enter saves, Escape leaves it as it was.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Task } from "../api/types.ts";
import { complain } from "../state/notice.ts";
import { edit } from "../state/tasks.ts";
import { DetailFields, readDraft, TITLE_MAX } from "./fields.tsx";

export function TaskEditor({ task, onClose }: { task: Task; onClose: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => form.current?.querySelector("input")?.select(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.current || busy) return;
    setBusy(true);
    try {
      await edit(task, readDraft(form.current));
      onClose();
    } catch (error) {
      complain(error);
      setBusy(false);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  };

  return (
    <form
      ref={form}
      class="task-editor"
      onSubmit={submit}
      onKeyDown={onKeyDown}
      aria-label={`Edit ${task.title}`}
    >
      <label class="field">
        <span>Title</span>
        <input
          name="title"
          defaultValue={task.title}
          maxLength={TITLE_MAX}
          autocomplete="off"
          required
        />
      </label>
      <DetailFields task={task} />
      <div class="editor-actions">
        <button type="button" class="button small" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class="button primary small" disabled={busy}>
          {busy ? "Saving…" : "Save"}
        </button>
      </div>
    </form>
  );
}
