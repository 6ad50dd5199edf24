// Past conversations, newest first: searched, opened, renamed, deleted.
import { useCallback } from "preact/hooks";
import {
  conversations,
  loadMoreConversations,
  next,
  refreshConversations,
  searched,
  state,
} from "../state/conversations.ts";
import { startAnew } from "../state/opened.ts";
import { Icon } from "../ui/icons.tsx";
import { ConversationItem } from "./conversation-item.tsx";

/** `onPick`: what happens to the place it stands in once one has been chosen. */
export function ConversationList({ onPick }: { onPick?: () => void }) {
  // The same function each time: items whose conversation has not changed are not drawn again.
  const picked = useCallback(() => {
    onPick?.();
    requestAnimationFrame(() => document.getElementById("composer")?.focus());
  }, []);
  return (
    <div class="conversations">
      <button type="button" class="button new-chat" onClick={() => (startAnew(), picked())}>
        <Icon name="plus" size={18} /> New conversation
      </button>
      <Search />
      <ul>
        {conversations.value.map((one) => (
          <ConversationItem key={one.id} one={one} onPick={picked} />
        ))}
      </ul>
      {next.value && (
        <button type="button" class="button more" onClick={() => void loadMoreConversations()}>
          Show more
        </button>
      )}
      <Hint />
    </div>
  );
}

function Search() {
  if (conversations.value.length === 0 && searched.value === "") return null;
  return (
    <label class="search conversations-search">
      <Icon name="search" size={16} />
      <span class="visually-hidden">Search conversations</span>
      <input
        type="search"
        dir="auto"
        placeholder="Search conversations"
        maxLength={200}
        value={searched.value}
        onInput={(event) => (searched.value = event.currentTarget.value)}
      />
    </label>
  );
}

function Hint() {
  if (state.value === "failed") {
    return (
      <p class="conversations-hint">
        Past conversations could not be loaded.{" "}
        <button type="button" class="link" onClick={() => void refreshConversations()}>
          Try again
        </button>
      </p>
    );
  }
  if (state.value === "loading" || conversations.value.length > 0) return null;
  const text = searched.value ? "Nothing matches." : "Your conversations will be kept here.";
  return <p class="conversations-hint">{text}</p>;
}
