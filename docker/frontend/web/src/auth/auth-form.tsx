// The form of log-in and sign-up. The browser checks the fields; the server has the last word.
import { useLayoutEffect, useRef } from "preact/hooks";
import { logIn, signUp } from "../api/auth.ts";
import { begin } from "../state/session.ts";
import { PasswordField } from "../ui/password-field.tsx";
import { SendingForm } from "../ui/sending-form.tsx";

export type Mode = "login" | "signup";

const ACTION: Record<Mode, { idle: string; busy: string }> = {
  login: { idle: "Log in", busy: "Logging in…" },
  signup: { idle: "Create account", busy: "Creating your account…" },
};

export function AuthForm({ mode }: { mode: Mode }) {
  const around = useRef<HTMLDivElement>(null);
  // Before the form is seen: later, it would take the keyboard from whoever types already.
  useLayoutEffect(() => around.current?.querySelector("input")?.focus(), []);
  return (
    <div ref={around}>
      <SendingForm
        class="auth-form"
        send={async (data) => begin(await enter(mode, data))}
        culprit="email"
        action={ACTION[mode]}
      >
        {mode === "signup" && (
          <Field label="Name" name="name" autocomplete="name" maxLength={100} />
        )}
        <Field label="Email" name="email" type="email" autocomplete="email" maxLength={254} />
        <PasswordField isNew={mode === "signup"} />
      </SendingForm>
    </div>
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
