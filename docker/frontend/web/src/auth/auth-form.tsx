// The form of log-in and sign-up. The browser checks the fields; the server has the last word.
import { useEffect, useRef, useState } from "preact/hooks";
import { logIn, signUp } from "../api/auth.ts";
import { explain } from "../api/http.ts";
import { begin } from "../state/session.ts";

export type Mode = "login" | "signup";

const MIN_PASSWORD = 8;
const ACTION: Record<Mode, [idle: string, busy: string]> = {
  login: ["Log in", "Logging in…"],
  signup: ["Create account", "Creating your account…"],
};

export function AuthForm({ mode }: { mode: Mode }) {
  const form = useRef<HTMLFormElement>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);

  useEffect(() => form.current?.querySelector("input")?.focus(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      begin(await enter(mode, new FormData(event.currentTarget as HTMLFormElement)));
    } catch (cause) {
      setError(explain(cause));
      setBusy(false);
      form.current?.querySelector<HTMLInputElement>("[name=email]")?.focus();
    }
  };

  return (
    <form
      ref={form}
      class="auth-form"
      onSubmit={submit}
      aria-describedby={error ? "auth-error" : undefined}
    >
      {mode === "signup" && <Field label="Name" name="name" autocomplete="name" maxLength={100} />}
      <Field label="Email" name="email" type="email" autocomplete="email" maxLength={254} />
      <PasswordField mode={mode} />
      {error && (
        <p id="auth-error" class="form-error" role="alert">
          {error}
        </p>
      )}
      <button type="submit" class="button primary wide" disabled={busy}>
        {ACTION[mode][busy ? 1 : 0]}
      </button>
    </form>
  );
}

function enter(mode: Mode, data: FormData) {
  const text = (name: string) => String(data.get(name) ?? "");
  const [email, password] = [text("email").trim(), text("password")];
  return mode === "login" ? logIn(email, password) : signUp(text("name").trim(), email, password);
}

interface FieldProps {
  label: string;
  name: string;
  type?: "text" | "email";
  autocomplete: "name" | "email";
  maxLength: number;
}

function Field({ label, name, type = "text", autocomplete, maxLength }: FieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        name={name}
        type={type as "text"}
        autocomplete={autocomplete}
        maxLength={maxLength}
        required
      />
    </label>
  );
}

function PasswordField({ mode }: { mode: Mode }) {
  const [shown, setShown] = useState(false);
  const isNew = mode === "signup";
  return (
    <div class="field">
      <label for="password">Password</label>
      <div class="password">
        <input
          id="password"
          name="password"
          type={(shown ? "text" : "password") as "password"}
          autocomplete={isNew ? "new-password" : "current-password"}
          minLength={isNew ? MIN_PASSWORD : 1}
          maxLength={256}
          aria-describedby={isNew ? "password-hint" : undefined}
          required
        />
        <button
          type="button"
          class="password-toggle"
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          {shown ? "Hide" : "Show"}
          <span class="visually-hidden"> password</span>
        </button>
      </div>
      {isNew && <small id="password-hint">At least {MIN_PASSWORD} characters.</small>}
    </div>
  );
}
