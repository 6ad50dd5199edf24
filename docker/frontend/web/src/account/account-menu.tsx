// What a person can do with their account.
import { logOutEverywhere } from "../api/auth.ts";
import type { User } from "../api/types.ts";
import { dialog } from "../state/dialog.ts";
import { complain } from "../state/notice.ts";
import { endSession, flushPending, logOut } from "../state/session.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { saveExport } from "./export.ts";

const attempt = (work: () => Promise<void>) => () => void work().catch(complain);

async function leaveEverywhere() {
  await flushPending();
  await logOutEverywhere();
  endSession("You are logged out everywhere.");
}

const ENTRIES: { icon: IconName; label: string; run: () => void }[] = [
  { icon: "key", label: "Change password…", run: () => (dialog.value = "password") },
  { icon: "download", label: "Export my data", run: attempt(saveExport) },
  { icon: "keyboard", label: "Keyboard shortcuts", run: () => (dialog.value = "shortcuts") },
  { icon: "devices", label: "Log out everywhere", run: attempt(leaveEverywhere) },
  { icon: "trash", label: "Delete account…", run: () => (dialog.value = "deletion") },
];

export function AccountMenu({ person }: { person: User }) {
  return (
    <div id="account" class="account" popover="auto" role="dialog" aria-label="Account">
      <p class="account-name">
        <bdi>{person.name}</bdi>
      </p>
      <p class="account-email">{person.email}</p>
      <ul class="account-entries">
        {ENTRIES.map(({ icon, label, run }) => (
          <li key={label}>
            <button
              type="button"
              class="account-entry"
              popovertarget="account"
              popovertargetaction="hide"
              onClick={run}
            >
              <Icon name={icon} size={18} /> {label}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="button wide" onClick={() => void logOut()}>
        <Icon name="leave" size={18} /> Log out
      </button>
    </div>
  );
}
