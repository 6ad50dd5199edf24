// Changing a task in its place. Enter saves, Escape leaves it as it was.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/http.ts";
import type { Task } from "../api/types.ts";
import { Conflict, edit } from "../state/changes.ts";
import { closeEditor, edits, keepEdit } from "../state/editing.ts";
import { complain } from "../state/notice.ts";
import { enqueue } from "../state/outbox.ts";
import { changesOf } from "../text/merge.ts";
import { differing, draftOf, type FormValues, valuesOf } from "../text/task-form.ts";
import { ConflictNote, GoneNote } from "./editor-notes.tsx";
import { DetailFields, fill, read, TITLE_MAX } from "./fields.tsx";

type Problem = { kind: "conflict"; conflict: Conflict } | { kind: "gone" };

/** `base` is the task as it was when the person began. */
export function TaskEditor({ base }: { base: Task }) {
  const [kept] = useState(() => edits.peek().get(base.id)?.values);
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const close = () => closeEditor(base.id);
  const values = () => (form.current ? read(form.current) : valuesOf(base));

  useLayoutEffect(() => {
    if (form.current) fill(form.current, kept ?? valuesOf(base));
    // One that was open when the page was left does not take the keyboard.
    if (!kept) form.current?.querySelector("input")?.select();
  }, []);

  const save = async (from: Task) => {
    const sent = values();
    setBusy(true);
    setProblem(null);
    try {
      const change = changesOf(from, draftOf(sent));
      const saved = Object.keys(change).length > 0 ? await edit(from, change) : from;
      settle(saved, sent);
    } catch (error) {
      const found = problemIn(error);
      if (found) setProblem(found);
      else complain(error);
    }
    setBusy(false);
  };

  /**
   * What was typed while it was being saved is a new edit. Asked of what is kept, not of the form:
   * the saved task may stand under another heading now, and this form be gone.
   */
  const settle = (saved: Task, sent: FormValues) => {
    const kept = edits.peek().get(base.id);
    const now = kept ? (kept.values ?? valuesOf(kept.base)) : sent;
    const later = differing(now, sent);
    if (later.length === 0) return close();
    const pick = Object.fromEntries(later.map((name) => [name, now[name]]));
    keepEdit(saved, { ...valuesOf(saved), ...pick });
  };

  const takeTheirs = ({ theirs, fields }: Conflict) => {
    const said = valuesOf(theirs);
    const taken = Object.fromEntries(fields.map((name) => [name, said[name as keyof FormValues]]));
    const mixed = { ...values(), ...taken };
    if (form.current) fill(form.current, mixed);
    keepEdit(base, mixed);
    void save(theirs);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };

  return (
    <form
      ref={form}
      class="task-editor"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void save(base);
      }}
      onInput={() => keepEdit(base, values())}
      onKeyDown={onKeyDown}
      aria-label={`Edit ${base.title}`}
    >
      <label class="field">
        <span>Title</span>
        <input name="title" dir="auto" maxLength={TITLE_MAX} autocomplete="off" required />
      </label>
      <DetailFields />
      {problem?.kind === "conflict" && (
        <ConflictNote
          conflict={problem.conflict}
          onKeepMine={() => void save(problem.conflict.theirs)}
          onTakeTheirs={() => takeTheirs(problem.conflict)}
        />
      )}
      {problem?.kind === "gone" && (
        <GoneNote onAddAgain={() => (close(), void enqueue(draftOf(values())))} />
      )}
      <div class="editor-actions">
        <button type="button" class="button small" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="button primary small" disabled={busy}>
          {busy ? "Saving…" : "Save"}
        </button>
      </div>
    </form>
  );
}

function problemIn(error: unknown): Problem | null {
  if (error instanceof Conflict) return { kind: "conflict", conflict: error };
  return error instanceof ApiError && error.status === 404 ? { kind: "gone" } : null;
}
