// A password that can be shown while it is typed.
import { useId, useState } from "preact/hooks";

const MIN_LENGTH = 8;
const MAX_LENGTH = 256;

interface Props {
  label?: string;
  name?: string;
  /** A new one is held to the rules; an existing one is whatever it is. */
  isNew: boolean;
}

export function PasswordField({ label = "Password", name = "password", isNew }: Props) {
  const [shown, setShown] = useState(false);
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="password">
        <input
          id={id}
          name={name}
          type={(shown ? "text" : "password") as "password"}
          autocomplete={isNew ? "new-password" : "current-password"}
          minLength={isNew ? MIN_LENGTH : 1}
          maxLength={MAX_LENGTH}
          aria-describedby={isNew ? `${id}-hint` : undefined}
          required
        />
        <button
          type="button"
          class="password-toggle"
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          {shown ? "Hide" : "Show"}
          <span class="visually-hidden"> {label.toLowerCase()}</span>
        </button>
      </div>
      {isNew && <small id={`${id}-hint`}>At least {MIN_LENGTH} characters.</small>}
    </div>
  );
}
