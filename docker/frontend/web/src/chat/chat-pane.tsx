// The conversation: what was said, what was done, and where to say more.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { User } from "../api/types.ts";
import { messages } from "../state/chat.ts";
import { history, reload, startAnew } from "../state/opened.ts";
import { Placeholder, Skeleton } from "../ui/controls.tsx";
import { Composer } from "./composer.tsx";
import { MessageView } from "./message.tsx";
import { Starters } from "./suggestions.tsx";

/**
 * Within so many pixels of the end the view follows the answer; further up the person is reading.
 */
const NEAR_END = 120;

export function ChatPane({ person }: { person: User }) {
  const list = messages.value;
  const scroller = useRef<HTMLDivElement>(null);
  useFollow(scroller);
  return (
    <section class="chat pane" aria-label="Chat">
      <div class="chat-scroll" ref={scroller} tabIndex={0} role="region" aria-label="Conversation">
        {history.value === "loading" && <Skeleton rows={4} label="Loading the conversation" />}
        {history.value === "failed" && <HistoryFailed />}
        {history.value === "gone" && <HistoryGone />}
        {history.value === "ready" && list.length === 0 && <Starters name={person.name} />}
        {list.length > 0 && (
          <ol class="messages">
            {list.map((message, index) => (
              <MessageView key={message.key} message={message} isLast={index === list.length - 1} />
            ))}
          </ol>
        )}
      </div>
      <Composer />
    </section>
  );
}

function HistoryFailed() {
  return (
    <Placeholder icon="warning" title="This conversation could not be loaded.">
      <button type="button" class="button" onClick={reload}>
        Try again
      </button>
    </Placeholder>
  );
}

function HistoryGone() {
  return (
    <Placeholder icon="chat" title="This conversation is no longer there.">
      <button type="button" class="button" onClick={startAnew}>
        New conversation
      </button>
    </Placeholder>
  );
}

/** Keeps the end in view while an answer grows, unless the person has scrolled away from it. */
function useFollow(scroller: { current: HTMLDivElement | null }) {
  const list = messages.value;
  const length = useRef(0);
  const follows = useRef(true);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let height = element.clientHeight;
    // Asked when the person scrolls: once the answer has grown, a long card looks like having
    // scrolled away. So does the pane while it shrinks, until it has been scrolled after that.
    const look = () => {
      if (element.clientHeight === height) follows.current = distanceToEnd(element) < NEAR_END;
    };
    element.addEventListener("scroll", look, { passive: true });
    // The window changes, and the composer takes room when its suggestions come back.
    const resized = new ResizeObserver(() => {
      height = element.clientHeight;
      if (follows.current) toEnd(element);
    });
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      resized.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const isNew = list.length !== length.current;
    length.current = list.length;
    if (isNew || follows.current) toEnd(element);
  }, [list]);
}

function toEnd(element: HTMLElement) {
  element.scrollTop = element.scrollHeight;
}

const distanceToEnd = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement) =>
  scrollHeight - scrollTop - clientHeight;
