// The way in: log in or sign up, beside a glimpse of what waits inside.
import { useState } from "preact/hooks";
import { NoticeBar } from "../shell/notice-bar.tsx";
import { farewell } from "../state/session.ts";
import { Mark } from "../ui/icons.tsx";
import { AuthForm, type Mode } from "./auth-form.tsx";
import { Glimpse } from "./glimpse.tsx";

const HEADLINES: Record<Mode, { title: string; lead: string; question: string; other: string }> = {
  login: {
    title: "Welcome back",
    lead: "Log in to pick up where you left off.",
    question: "New here?",
    other: "Create an account",
  },
  signup: {
    title: "Create your account",
    lead: "It takes a name, an email and a password.",
    question: "Already have an account?",
    other: "Log in",
  },
};

export function AuthPage() {
  const [mode, setMode] = useState<Mode>("login");
  const { title, lead, question, other } = HEADLINES[mode];
  return (
    <div class="auth">
      <header class="auth-story">
        <p class="wordmark">
          <Mark size={36} /> Saydone
        </p>
        <div class="auth-pitch">
          <p class="auth-claim">Say it. It’s on the list.</p>
          <p class="auth-lead">
            A todo list you talk to. Add, find, change and finish tasks in plain words, or by hand.
          </p>
          <Glimpse />
        </div>
      </header>
      <main class="auth-main">
        <div class="auth-card">
          <h1>{title}</h1>
          <p class="muted">{lead}</p>
          {farewell.value && (
            <p class="auth-farewell" role="status">
              {farewell.value}
            </p>
          )}
          <AuthForm key={mode} mode={mode} />
          <p class="auth-switch">
            {question}{" "}
            <button
              type="button"
              class="link"
              onClick={() => setMode(mode === "login" ? "signup" : "login")}
            >
              {other}
            </button>
          </p>
        </div>
      </main>
      <NoticeBar />
    </div>
  );
}
