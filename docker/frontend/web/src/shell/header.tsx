// The bar at the top: the name of the product, past conversations on narrow screens, the theme, the
// person.
import { useState } from "preact/hooks";
import { AccountMenu } from "../account/account-menu.tsx";
import type { User } from "../api/types.ts";
import { ConversationList } from "../chat/conversation-list.tsx";
import { switchTheme, type Theme, theme } from "../state/theme.ts";
import { initials } from "../text/words.ts";
import { IconButton } from "../ui/controls.tsx";
import { Mark } from "../ui/icons.tsx";

const THEMES: Record<Theme, { icon: "system" | "sun" | "moon"; label: string }> = {
  system: { icon: "system", label: "Theme: as the system has it" },
  light: { icon: "sun", label: "Theme: light" },
  dark: { icon: "moon", label: "Theme: dark" },
};

const closePopover = (id: string) => document.getElementById(id)?.hidePopover();

export function Header({ person }: { person: User }) {
  return (
    <header class="topbar">
      <h1 class="wordmark">
        <Mark size={28} /> Saydone
      </h1>
      <IconButton
        icon="history"
        label="Past conversations"
        class="only-narrow"
        popovertarget="drawer"
      />
      <IconButton {...THEMES[theme.value]} onClick={switchTheme} />
      <button
        type="button"
        class="avatar"
        popovertarget="account"
        aria-label={`${initials(person.name)}, your account`}
      >
        {initials(person.name)}
      </button>
      <AccountMenu person={person} />
      <Drawer />
    </header>
  );
}

/** Narrow screens have no room beside the chat. It is filled only while it is open. */
function Drawer() {
  const [isOpen, setOpen] = useState(false);
  return (
    <div
      id="drawer"
      class="drawer"
      popover="auto"
      role="dialog"
      aria-label="Past conversations"
      onBeforeToggle={(event) => setOpen(event.newState === "open")}
    >
      {isOpen && <ConversationList onPick={() => closePopover("drawer")} />}
    </div>
  );
}
