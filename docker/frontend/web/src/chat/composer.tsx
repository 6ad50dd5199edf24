// Where one says something. Enter sends, Shift+Enter begins a new line, Escape stops an answer.
import { useEffect, useRef, useState } from "preact/hooks";
import { busy, messages, say, stopAnswer } from "../state/chat.ts";
import { online } from "../state/online.ts";
import { Icon } from "../ui/icons.tsx";
import { FollowUps } from "./suggestions.tsx";

const MAX_LENGTH = 4_000;

export function Composer() {
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (matchMedia("(min-width: 45rem)").matches) field.current?.focus();
  }, []);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const message = text.trim();
    if (!message || busy.value) return;
    setText("");
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
            rows={1}
            value={text}
            maxLength={MAX_LENGTH}
            placeholder={online.value ? "Say what you need to do…" : "You are offline"}
            onInput={(event) => setText(event.currentTarget.value)}
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
