// Where one says something. Enter sends, Shift+Enter begins a new line, Escape stops an answer.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { busy, messages, say, stopAnswer } from "../state/chat.ts";
import { keepDraft, recallDraft } from "../state/drafts.ts";
import { online } from "../state/online.ts";
import { Icon } from "../ui/icons.tsx";
import { FollowUps } from "./suggestions.tsx";

const MAX_LENGTH = 4_000;
const DRAFT = "composer";

/** What had not been sent, or had not got through, when the page was left. */
function recallText(): string {
  const texts = ["sending", DRAFT].map((name) => recallDraft<string>(name));
  keepDraft("sending", null);
  const text = texts.filter(Boolean).join("\n");
  keepDraft(DRAFT, text);
  return text;
}

export function Composer() {
  const [text, setText] = useState(recallText);
  const field = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    if (matchMedia("(min-width: 45rem)").matches) field.current?.focus();
  }, []);

  const write = (next: string) => {
    setText(next);
    keepDraft(DRAFT, next);
  };

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const message = text.trim();
    if (!message || busy.value) return;
    write("");
    void say(message);
    field.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") stopAnswer();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.current?.requestSubmit();
  };

  return (
    <div class="composer-area">
      {messages.value.length > 0 && !busy.value && <FollowUps />}
      <form ref={form} class="composer" onSubmit={submit}>
        <label class="composer-grow" data-text={`${text} `}>
          <span class="visually-hidden">Message</span>
          <textarea
            id="composer"
            ref={field}
            dir="auto"
            rows={1}
            value={text}
            maxLength={MAX_LENGTH}
            placeholder={online.value ? "Say what you need to do…" : "You are offline"}
            onInput={(event) => write(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
        </label>
        {busy.value ? <StopButton /> : <SendButton disabled={!text.trim() || !online.value} />}
      </form>
    </div>
  );
}

function SendButton({ disabled }: { disabled: boolean }) {
  return (
    <button type="submit" class="send" aria-label="Send" title="Send (Enter)" disabled={disabled}>
      <Icon name="send" />
    </button>
  );
}

function StopButton() {
  return (
    <button
      type="button"
      class="send stop"
      aria-label="Stop answering"
      title="Stop (Escape)"
      onClick={stopAnswer}
    >
      <Icon name="stop" />
    </button>
  );
}
