// A form that sends something: busy meanwhile, and what went wrong stands above its button.
import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { explain } from "../api/http.ts";

interface Props {
  class: string;
  /** Sends what the form says; whatever it throws is shown. */
  send: (data: FormData) => Promise<void>;
  /** The name of the field to go back to after a failure. */
  culprit: string;
  action: { idle: string; busy: string; isDanger?: boolean };
  children: ComponentChildren;
}

export function SendingForm({ send, culprit, action, children, ...rest }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const errorId = useId();

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!form.current || busy) return;
    setBusy(true);
    setError("");
    try {
      await send(new FormData(form.current));
    } catch (cause) {
      setError(explain(cause));
      setBusy(false);
      form.current?.querySelector<HTMLInputElement>(`[name=${culprit}]`)?.focus();
    }
  };

  return (
    <form
      ref={form}
      class={rest.class}
      onSubmit={submit}
      aria-describedby={error ? errorId : undefined}
    >
      {children}
      {error && (
        <p id={errorId} class="form-error" role="alert">
          {error}
        </p>
      )}
      <button
        type="submit"
        class={`button wide ${action.isDanger ? "danger" : "primary"}`}
        disabled={busy}
      >
        {busy ? action.busy : action.idle}
      </button>
    </form>
  );
}
