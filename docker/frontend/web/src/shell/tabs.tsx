// The switch between chat and tasks on narrow screens.
import { counts } from "../state/counts.ts";
import { navigate, tab } from "../state/navigation.ts";
import type { Tab } from "../state/route.ts";
import { Icon, type IconName } from "../ui/icons.tsx";

const TABS: { name: Tab; label: string; icon: IconName }[] = [
  { name: "chat", label: "Chat", icon: "chat" },
  { name: "tasks", label: "Tasks", icon: "list" },
];

export function Tabs() {
  return (
    <nav class="tabs" aria-label="Views">
      {TABS.map(({ name, label, icon }) => (
        <button
          key={name}
          type="button"
          class="tab"
          aria-current={tab.value === name ? "true" : undefined}
          onClick={() => navigate({ tab: name })}
        >
          <Icon name={icon} />
          {label}
          {name === "tasks" && <OpenCount />}
        </button>
      ))}
    </nav>
  );
}

function OpenCount() {
  const open = counts.value?.open ?? 0;
  return open > 0 ? <span class="tab-count">{open}</span> : null;
}
