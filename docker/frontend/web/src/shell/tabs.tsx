// The switch between chat and tasks on narrow screens.
import { computed } from "@preact/signals";
import { tasks } from "../state/tasks.ts";
import { Icon } from "../ui/icons.tsx";

export type Tab = "chat" | "tasks";

const openCount = computed(() => tasks.value.filter((task) => !task.done).length);

export function Tabs({ current, onPick }: { current: Tab; onPick: (tab: Tab) => void }) {
  const tab = (name: Tab, label: string, icon: "chat" | "list") => (
    <button
      type="button"
      class="tab"
      aria-current={current === name ? "true" : undefined}
      onClick={() => onPick(name)}
    >
      <Icon name={icon} />
      {label}
      {name === "tasks" && openCount.value > 0 && <span class="tab-count">{openCount.value}</span>}
    </button>
  );
  return (
    <nav class="tabs" aria-label="Views">
      {tab("chat", "Chat", "chat")}
      {tab("tasks", "Tasks", "list")}
    </nav>
  );
}
