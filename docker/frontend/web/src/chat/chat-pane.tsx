// The conversation: what was said, what was done, and where to say more.
import { useLayoutEffect, useRef } from "preact/hooks";
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
  const resized = useRef<ResizeObserver | null>(null);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let shape = shapeOf(element);
    // Asked when the person scrolls. Once the answer has grown, or the pane has shrunk, where the
    // view is looks like having scrolled away.
    const look = () => {
      if (shapeOf(element) === shape) follows.current = distanceToEnd(element) < NEAR_END;
    };
    element.addEventListener("scroll", look, { passive: true });
    // The window changes, the composer takes room when its suggestions come back, and what an
    // answer holds grows by itself.
    const observer = new ResizeObserver(() => {
      shape = shapeOf(element);
      if (follows.current) toEnd(element);
    });
    observer.observe(element);
    resized.current = observer;
    return () => {
      element.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    for (const child of element.children) resized.current?.observe(child);
    const isNew = list.length !== length.current;
    length.current = list.length;
    if (isNew || follows.current) toEnd(element);
  }, [list]);
}

const shapeOf = ({ clientHeight, scrollHeight }: HTMLElement) => `${clientHeight} ${scrollHeight}`;

function toEnd(element: HTMLElement) {
  element.scrollTop = element.scrollHeight;
}

const distanceToEnd = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement) =>
  scrollHeight - scrollTop - clientHeight;
