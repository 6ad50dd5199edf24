// Another password.
import { changePassword } from "../api/account.ts";
import { closeDialog } from "../state/dialog.ts";
import { show } from "../state/notice.ts";
import { Dialog } from "../ui/dialog.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { SendingForm } from "../ui/sending-form.tsx";

export function PasswordDialog() {
  return (
    <Dialog title="Change password" onClose={closeDialog}>
      <SendingForm
        class="dialog-form"
        send={send}
        culprit="current"
        action={{ idle: "Change password", busy: "Changing…" }}
      >
        <PasswordField label="Current password" name="current" isNew={false} />
        <PasswordField label="New password" name="next" isNew={true} />
      </SendingForm>
    </Dialog>
  );
}

async function send(data: FormData) {
  await changePassword(String(data.get("current")), String(data.get("next")));
  closeDialog();
  const text = "Your password is changed. Everywhere else you are logged out.";
  show({ text, tone: "calm" });
}
