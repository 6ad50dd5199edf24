// Which dialog is open.
import { signal } from "@preact/signals";
import { onEnd } from "./session.ts";

export const dialog = signal<"password" | "deletion" | "shortcuts" | null>(null);

export const closeDialog = () => (dialog.value = null);

onEnd(closeDialog);
