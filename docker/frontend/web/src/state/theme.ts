// Light, dark, or as the system has it. `theme.js` applies the choice before the first paint.
import { signal } from "@preact/signals";
import { recall, remember } from "./storage.ts";

export type Theme = "system" | "light" | "dark";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

const recalled = recall("theme");
export const theme = signal<Theme>(
  recalled === "light" || recalled === "dark" ? recalled : "system",
);

export function switchTheme() {
  theme.value = NEXT[theme.value];
  remember("theme", theme.value === "system" ? null : theme.value);
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}
