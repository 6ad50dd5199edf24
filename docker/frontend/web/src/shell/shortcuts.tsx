// Keys that work all over the page, and the window that tells them.
import { useEffect } from "preact/hooks";
import { closeDialog, dialog } from "../state/dialog.ts";
import { navigate } from "../state/navigation.ts";
import type { Tab } from "../state/route.ts";
import { Dialog } from "../ui/dialog.tsx";

const KEYS: [keys: string[], what: string][] = [
  [["n"], "New task"],
  [["/"], "Search tasks"],
  [["Ctrl", "K"], "Say something"],
  [["Enter"], "Send, add or save"],
  [["Esc"], "Stop an answer, leave an edit as it was"],
  [["?"], "Show this"],
];

export function ShortcutsDialog() {
  return (
    <Dialog title="Keyboard shortcuts" onClose={closeDialog}>
      <dl class="shortcuts">
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

export function useShortcuts() {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const run = actionOf(event);
      if (!run) return;
      event.preventDefault();
      run();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

function actionOf(event: KeyboardEvent): (() => void) | undefined {
  if (document.querySelector(":modal")) return undefined;
  const withCommand = event.ctrlKey || event.metaKey;
  if (withCommand && event.key.toLowerCase() === "k") return () => reach("chat", "composer");
  if (withCommand || event.altKey || isTyping(event.target)) return undefined;
  if (event.key === "/") return () => reach("tasks", "search-tasks");
  if (event.key === "n") return () => reach("tasks", "new-task");
  return event.key === "?" ? () => (dialog.value = "shortcuts") : undefined;
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  target.matches("textarea, select, input:not([type=checkbox]), [contenteditable]");

/** Narrow screens show the pane first. */
function reach(tab: Tab, id: string) {
  navigate({ tab }, { replace: true });
  requestAnimationFrame(() => document.getElementById(id)?.focus());
}
