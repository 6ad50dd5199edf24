// The fields of a task besides its title, shared by the form for a new one and the editor, and how
// they are filled and read. The forms keep their own state, so that typing draws nothing anew.
import type { Priority } from "../api/types.ts";
import { EMPTY, type FormValues } from "../text/task-form.ts";

export const TITLE_MAX = 200;
const NOTES_MAX = 10_000;
const PRIORITIES: [Priority, string][] = [
  ["high", "High"],
  ["medium", "Medium"],
  ["low", "Low"],
];

export function DetailFields({ hidden = false }: { hidden?: boolean }) {
  return (
    <div class="detail-fields" hidden={hidden}>
      <label class="field">
        <span>Due</span>
        <input type="date" name="due" />
      </label>
      <label class="field">
        <span>Priority</span>
        <select name="priority">
          {PRIORITIES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="field span">
        <span>Tags</span>
        <input name="tags" dir="auto" placeholder="home, errands" autocomplete="off" />
      </label>
      <label class="field span">
        <span>Notes</span>
        <textarea name="notes" dir="auto" rows={2} maxLength={NOTES_MAX} />
      </label>
    </div>
  );
}

export function fill(form: HTMLFormElement, values: FormValues) {
  for (const [name, value] of Object.entries(values)) {
    (form.elements.namedItem(name) as HTMLInputElement).value = value;
  }
}

export function read(form: HTMLFormElement): FormValues {
  return { ...EMPTY, ...Object.fromEntries(new FormData(form)) } as FormValues;
}
