// A new task: a title and Enter, or with everything else on demand. The next one can be typed while
// the last one is on its way.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { keepDraft, recallDraft } from "../state/drafts.ts";
import { enqueue } from "../state/outbox.ts";
import { differing, draftOf, EMPTY, type FormValues } from "../text/task-form.ts";
import { IconButton } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { DetailFields, fill, read, TITLE_MAX } from "./fields.tsx";

const DRAFT = "new-task";
const hasDetails = (values: FormValues) =>
  differing(values, EMPTY).some((name) => name !== "title");

export function QuickAdd() {
  const [kept] = useState(() => recallDraft<FormValues>(DRAFT) ?? EMPTY);
  const [detailed, setDetailed] = useState(hasDetails(kept));
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    if (form.current) fill(form.current, kept);
  }, []);

  const keep = () => form.current && keepDraft(DRAFT, read(form.current));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const draft = form.current && draftOf(read(form.current));
    if (!form.current || !draft?.title) return;
    void enqueue(draft);
    fill(form.current, EMPTY);
    keepDraft(DRAFT, null);
    setDetailed(false);
    document.getElementById("new-task")?.focus();
  };

  return (
    <form ref={form} class="quick-add" onSubmit={submit} onInput={keep} aria-label="New task">
      <div class="quick-add-row">
        <Icon name="plus" />
        <input
          id="new-task"
          name="title"
          dir="auto"
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
        <button type="submit" class="button primary small">
          Add
        </button>
      </div>
      <DetailFields hidden={!detailed} />
    </form>
  );
}
