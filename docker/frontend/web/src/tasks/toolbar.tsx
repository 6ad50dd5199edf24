// Which part of the list is shown: view, search, filters, order.
import { useState } from "preact/hooks";
import { clearFilters, type Filters, filter, filters, isNarrowed } from "../state/filters.ts";
import { knownTags } from "../state/tasks.ts";
import { IconButton } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";

const VIEWS: [Filters["view"], string][] = [
  ["open", "Open"],
  ["done", "Done"],
  ["all", "All"],
];
const SORTS: [Filters["sort"], string][] = [
  ["due", "Due date"],
  ["-priority", "Priority"],
  ["-created", "Newest"],
  ["title", "Title"],
];
const DUES: [Filters["due"], string][] = [
  ["", "Any"],
  ["late", "Overdue"],
  ["today", "Today"],
  ["week", "Within a week"],
];
const PRIORITIES: [Filters["priority"], string][] = [
  ["", "Any"],
  ["high", "High"],
  ["medium", "Medium"],
  ["low", "Low"],
];

export function Toolbar() {
  const [wide, setWide] = useState(false);
  const narrowed = isNarrowed(filters.value);
  return (
    <div class="toolbar">
      <div class="toolbar-row">
        <ViewSwitch />
        <Search />
        <IconButton
          icon="filter"
          label="Filter and sort"
          aria-expanded={wide}
          data-active={narrowed}
          onClick={() => setWide(!wide)}
        />
      </div>
      {(wide || narrowed) && <FilterRow narrowed={narrowed} />}
    </div>
  );
}

function ViewSwitch() {
  return (
    <div class="segmented" role="group" aria-label="Show">
      {VIEWS.map(([view, label]) => (
        <button
          key={view}
          type="button"
          aria-pressed={filters.value.view === view}
          onClick={() => filter({ view })}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function Search() {
  return (
    <label class="search">
      <Icon name="search" size={16} />
      <span class="visually-hidden">Search tasks</span>
      <input
        id="search-tasks"
        type="search"
        dir="auto"
        placeholder="Search"
        value={filters.value.text}
        onInput={(event) => filter({ text: event.currentTarget.value })}
      />
    </label>
  );
}

function FilterRow({ narrowed }: { narrowed: boolean }) {
  const { due, priority, tag, sort } = filters.value;
  const tags: [string, string][] = [
    ["", "Any"],
    ...knownTags.value.map((one): [string, string] => [one, one]),
  ];
  return (
    <div class="filter-row">
      <Choice label="Due" value={due} options={DUES} onPick={(value) => filter({ due: value })} />
      <Choice
        label="Priority"
        value={priority}
        options={PRIORITIES}
        onPick={(value) => filter({ priority: value })}
      />
      <Choice label="Tag" value={tag} options={tags} onPick={(value) => filter({ tag: value })} />
      <Choice
        label="Sort by"
        value={sort}
        options={SORTS}
        onPick={(value) => filter({ sort: value })}
      />
      {narrowed && (
        <button type="button" class="link" onClick={clearFilters}>
          Clear
        </button>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: [T, string][];
  onPick: (value: T) => void;
}

function Choice<T extends string>({ label, value, options, onPick }: ChoiceProps<T>) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onPick(event.currentTarget.value as T)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
