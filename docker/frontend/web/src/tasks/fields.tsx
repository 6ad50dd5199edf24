// The fields of a task besides its title, shared by the form for a new one and the editor.
import type { Priority, Task, TaskDraft } from "../api/types.ts";
import { parseTags } from "../text/words.ts";

export const TITLE_MAX = 200;
const NOTES_MAX = 10_000;
const PRIORITIES: [Priority, string][] = [
  ["high", "High"],
  ["medium", "Medium"],
  ["low", "Low"],
];

export function DetailFields({ task }: { task?: Task }) {
  return (
    <div class="detail-fields">
      <label class="field">
        <span>Due</span>
        <input type="date" name="due" defaultValue={task?.due ?? ""} />
      </label>
      <label class="field">
        <span>Priority</span>
        <select name="priority">
          {PRIORITIES.map(([value, label]) => (
            <option key={value} value={value} selected={value === (task?.priority ?? "medium")}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="field span">
        <span>Tags</span>
        <input
          name="tags"
          defaultValue={task?.tags.join(", ") ?? ""}
          placeholder="home, errands"
          autocomplete="off"
        />
      </label>
      <label class="field span">
        <span>Notes</span>
        <textarea name="notes" rows={2} maxLength={NOTES_MAX} defaultValue={task?.notes ?? ""} />
      </label>
    </div>
  );
}

/** What the form says; fields that are not shown count as empty. */
export function readDraft(form: HTMLFormElement): TaskDraft {
  const data = new FormData(form);
  const text = (name: string) => String(data.get(name) ?? "").trim();
  return {
    title: text("title"),
    notes: text("notes"),
    due: text("due") || null,
    priority: (text("priority") || "medium") as Priority,
    tags: parseTags(text("tags")),
  };
}
