// One past conversation: open it, give it another title, delete it.
import { useComputed } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ConversationSummary } from "../api/types.ts";
import { removeConversation, rename } from "../state/conversations.ts";
import { conversation } from "../state/navigation.ts";
import { open, startAnew } from "../state/opened.ts";
import { describeMoment } from "../text/dates.ts";
import { IconButton } from "../ui/controls.tsx";

const TITLE_MAX = 80;

interface Props {
  one: ConversationSummary;
  onPick: () => void;
}

export function ConversationItem({ one, onPick }: Props) {
  const { id, updated_at } = one;
  const title = one.title || "Untitled";
  const [isRenaming, setRenaming] = useState(false);
  const isOpen = useComputed(() => conversation.value === id).value;
  if (isRenaming) {
    return (
      <li class="conversation-row">
        <TitleField one={one} onClose={() => setRenaming(false)} />
      </li>
    );
  }
  const removeIt = () => {
    removeConversation(one);
    if (isOpen) startAnew();
  };
  return (
    <li class="conversation-row">
      <button
        type="button"
        class="conversation"
        aria-current={isOpen ? "true" : undefined}
        onClick={() => (open(id), onPick())}
      >
        <bdi class="conversation-title">{title}</bdi>
        <span class="conversation-time">{describeMoment(updated_at)}</span>
      </button>
      <span class="conversation-actions">
        <IconButton icon="edit" label={`Rename ${title}`} onClick={() => setRenaming(true)} />
        <IconButton icon="trash" label={`Delete ${title}`} onClick={removeIt} />
      </span>
    </li>
  );
}

/** Enter and leaving the field keep the new title, Escape the old one. */
function TitleField({ one, onClose }: { one: ConversationSummary; onClose: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.select(), []);
  // Taking the field away makes the browser say once more that it was left.
  const isOver = useRef(false);
  const close = () => {
    isOver.current = true;
    onClose();
  };
  const save = () => {
    const title = field.current?.value.trim() ?? "";
    if (isOver.current) return;
    if (title && title !== one.title) void rename(one, title);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter") save();
    if (event.key !== "Escape") return;
    event.preventDefault();
    close();
  };
  return (
    <input
      ref={field}
      class="conversation-rename"
      dir="auto"
      aria-label="Title of the conversation"
      maxLength={TITLE_MAX}
      defaultValue={one.title}
      onBlur={save}
      onKeyDown={onKeyDown}
    />
  );
}
