// The icons: one stroke weight, drawn for this page, hidden from screen readers because words stand
// beside them.
import type { JSX } from "preact";

const PATHS = {
  plus: "M12 5v14M5 12h14",
  send: "M12 19V5m-6 6 6-6 6 6",
  stop: "M8 8h8v8H8z",
  tick: "m6 12.5 4 4 8-9",
  close: "m6 6 12 12M18 6 6 18",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm9 2-4-4",
  filter: "M4 7h16M7 12h10M10 17h4",
  trash: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12",
  edit: "m5 19 1-4L16 5l3 3L9 18l-4 1Z",
  calendar: "M5 7h14v12H5zM5 11h14M9 4v4M15 4v4",
  flag: "M6 20V5h11l-3 4 3 4H6",
  tag: "M12 4h7v7l-8 8-7-7 8-8Zm3.5 4.5h.01",
  chat: "M12 4a8 8 0 1 1 0 16H4v-8a8 8 0 0 1 8-8Z",
  list: "M9 7h11M9 12h11M9 17h11M4.5 7h.01M4.5 12h.01M4.5 17h.01",
  history: "M4 12a8 8 0 1 0 2.5-5.8L4 8.5M4 4v4.5h4.5M12 8v4l3 2",
  retry: "M20 12a8 8 0 1 1-2.5-5.8L20 8.5M20 4v4.5h-4.5",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M5.6 18.4 7 17m10-10 1.4-1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
  system: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 0v16",
  leave: "M14 5H6v14h8M10 12h10m-3-3 3 3-3 3",
  warning: "M12 4 3 19h18L12 4Zm0 6v4m0 2.5h.01",
  offline:
    "M4 4l16 16M8.5 15a5 5 0 0 1 7 0M5 11.5a10 10 0 0 1 4-2.4m5.5 0a10 10 0 0 1 4.5 2.4M12 19h.01",
  key: "M8 16a4 4 0 1 1 3.5-6H21v4h-3v3h-4v-3h-2.5A4 4 0 0 1 8 16Z",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  keyboard: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
  devices: "M4 17V6h13v3M2 20h9M14 11h7v9h-7z",
  undo: "M5 9h9a5 5 0 0 1 0 10H9M5 9l4-4M5 9l4 4",
  chevron: "m8 10 4 4 4-4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark: something said, with a tick in it. */
export function Mark({ size = 32 }: { size?: number }): JSX.Element {
  return (
    <svg
      class="mark"
      width={size}
      height={size}
      viewBox="0 0 32 32"
      aria-hidden="true"
      focusable="false"
    >
      <path class="mark-bubble" d="M16 2a14 14 0 0 1 0 28H4a2 2 0 0 1-2-2V16A14 14 0 0 1 16 2Z" />
      <path class="mark-tick" d="m9.5 16.5 4.6 4.6L23 12" />
    </svg>
  );
}
