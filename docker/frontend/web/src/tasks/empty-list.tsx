// What stands in place of an empty list: why it is empty and what to do.
import { say } from "../state/chat.ts";
import { clearFilters, filter, filters, isNarrowed } from "../state/filters.ts";
import { navigate } from "../state/navigation.ts";
import { Placeholder } from "../ui/controls.tsx";

export function EmptyList() {
  const current = filters.value;
  if (isNarrowed(current)) {
    return (
      <Placeholder icon="search" title="Nothing matches.">
        <button type="button" class="button" onClick={clearFilters}>
          Clear the filters
        </button>
      </Placeholder>
    );
  }
  if (current.view === "done") {
    return (
      <Placeholder icon="tick" title="Nothing is done yet.">
        <button type="button" class="button" onClick={() => filter({ view: "open" })}>
          Show open tasks
        </button>
      </Placeholder>
    );
  }
  const ask = () => {
    navigate({ tab: "chat" });
    void say("Add a task to plan my week");
  };
  return (
    <Placeholder icon="list" title="Nothing to do.">
      <p class="muted">Type a task above, or say it in the chat.</p>
      <button type="button" class="button" onClick={ask}>
        Say “Add a task to plan my week”
      </button>
    </Placeholder>
  );
}
