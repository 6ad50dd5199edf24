// The page after log-in: past conversations, the chat, the tasks. Narrow screens show one of them
// at a time.
import { useEffect, useState } from "preact/hooks";
import type { User } from "../api/types.ts";
import { ChatPane } from "../chat/chat-pane.tsx";
import { ConversationList } from "../chat/conversation-list.tsx";
import { reopen } from "../state/chat.ts";
import { online } from "../state/online.ts";
import { TaskPane } from "../tasks/task-pane.tsx";
import { Icon } from "../ui/icons.tsx";
import { Header } from "./header.tsx";
import { type Tab, Tabs } from "./tabs.tsx";

export function Workspace({ person }: { person: User }) {
  const [tab, setTab] = useState<Tab>("chat");
  useEffect(() => void reopen(), []);
  useEffect(() => onComposerKey(() => setTab("chat")), []);
  return (
    <div class="workspace" data-tab={tab}>
      <a class="skip" href="#tasks" onClick={() => setTab("tasks")}>
        Skip to your tasks
      </a>
      <Header person={person} />
      {!online.value && <OfflineBar />}
      <main class="panes">
        <nav class="sidebar" aria-label="Conversations">
          <ConversationList onPick={() => setTab("chat")} />
        </nav>
        <ChatPane person={person} />
        <TaskPane onAsk={() => setTab("chat")} />
      </main>
      <Tabs current={tab} onPick={setTab} />
    </div>
  );
}

function OfflineBar() {
  return (
    <p class="offline" role="status">
      <Icon name="offline" size={18} /> You are offline. What you see may be out of date.
    </p>
  );
}

/** Ctrl+K or ⌘K leads to the composer from anywhere. */
function onComposerKey(reveal: () => void) {
  const listen = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    reveal();
    requestAnimationFrame(() => document.getElementById("composer")?.focus());
  };
  addEventListener("keydown", listen);
  return () => removeEventListener("keydown", listen);
}
