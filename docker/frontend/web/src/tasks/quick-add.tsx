// A new task: a title and Enter, or with everything else on demand.
import { useRef, useState } from "preact/hooks";
import { announce, complain } from "../state/notice.ts";
import { create } from "../state/tasks.ts";
import { IconButton } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { DetailFields, readDraft, TITLE_MAX } from "./fields.tsx";

export function QuickAdd() {
  const [detailed, setDetailed] = useState(false);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.current || busy) return;
    setBusy(true);
    try {
      const task = await create(readDraft(form.current));
      announce(`Added ${task.title}`);
      form.current.reset();
      setDetailed(false);
    } catch (error) {
      complain(error);
    }
    setBusy(false);
    document.getElementById("new-task")?.focus();
  };

  return (
    <form ref={form} class="quick-add" onSubmit={submit} aria-label="New task">
      <div class="quick-add-row">
        <Icon name="plus" />
        <input
          id="new-task"
          name="title"
          aria-label="Title of the new task"
          placeholder="Add a task"
          maxLength={TITLE_MAX}
          autocomplete="off"
          required
        />
        <IconButton
          icon="calendar"
          label={detailed ? "Fewer details" : "Due date, priority and more"}
          aria-expanded={detailed}
          onClick={() => setDetailed(!detailed)}
        />
        <button type="submit" class="button primary small" disabled={busy}>
          Add
        </button>
      </div>
      {detailed && <DetailFields />}
    </form>
  );
}
