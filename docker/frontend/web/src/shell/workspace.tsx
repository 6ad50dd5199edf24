// The page after log-in: past conversations, the chat, the tasks. Narrow screens show one of them at
// a time.
import { DeletionDialog } from "../account/deletion-dialog.tsx";
import { PasswordDialog } from "../account/password-dialog.tsx";
import type { User } from "../api/types.ts";
import { ChatPane } from "../chat/chat-pane.tsx";
import { ConversationList } from "../chat/conversation-list.tsx";
import { dialog } from "../state/dialog.ts";
import { navigate, tab } from "../state/navigation.ts";
import { TaskPane } from "../tasks/task-pane.tsx";
import { Header } from "./header.tsx";
import { NoticeBar } from "./notice-bar.tsx";
import { ShortcutsDialog, useShortcuts } from "./shortcuts.tsx";
import { Tabs } from "./tabs.tsx";
import { TroubleBar } from "./trouble-bar.tsx";

export function Workspace({ person }: { person: User }) {
  useShortcuts();
  return (
    <div class="workspace" data-tab={tab.value}>
      <a class="skip" href="#tasks" onClick={skipToTasks}>
        Skip to your tasks
      </a>
      <Header person={person} />
      <TroubleBar />
      <main class="panes">
        <nav class="sidebar" aria-label="Conversations">
          <ConversationList />
        </nav>
        <ChatPane person={person} />
        <TaskPane />
      </main>
      <NoticeBar />
      <Tabs />
      {dialog.value === "password" && <PasswordDialog />}
      {dialog.value === "deletion" && <DeletionDialog />}
      {dialog.value === "shortcuts" && <ShortcutsDialog />}
    </div>
  );
}

/** Not by the address, which says other things here. */
function skipToTasks(event: Event) {
  event.preventDefault();
  navigate({ tab: "tasks" });
  requestAnimationFrame(() => document.getElementById("tasks")?.focus());
}
