// Past conversations, newest first.
import { conversationId, open, startAnew } from "../state/chat.ts";
import {
  conversations,
  conversationsFailed,
  refreshConversations,
} from "../state/conversations.ts";
import { describeMoment } from "../text/dates.ts";
import { Icon } from "../ui/icons.tsx";

export function ConversationList({ onPick }: { onPick: () => void }) {
  const pick = (action: () => void) => () => {
    action();
    onPick();
    requestAnimationFrame(() => document.getElementById("composer")?.focus());
  };
  return (
    <div class="conversations">
      <button type="button" class="button new-chat" onClick={pick(startAnew)}>
        <Icon name="plus" size={18} /> New conversation
      </button>
      <ul>
        {conversations.value.map(({ id, title, updated_at }) => (
          <li key={id}>
            <button
              type="button"
              class="conversation"
              aria-current={id === conversationId.value ? "true" : undefined}
              onClick={pick(() => void open(id))}
            >
              <span class="conversation-title">{title || "Untitled"}</span>
              <span class="conversation-time">{describeMoment(updated_at)}</span>
            </button>
          </li>
        ))}
      </ul>
      <Hint />
    </div>
  );
}

function Hint() {
  if (conversationsFailed.value) {
    return (
      <p class="conversations-hint">
        Past conversations could not be loaded.{" "}
        <button type="button" class="link" onClick={() => void refreshConversations()}>
          Try again
        </button>
      </p>
    );
  }
  if (conversations.value.length > 0) return null;
  return <p class="conversations-hint">Your conversations will be kept here.</p>;
}
