// The end of an account. There is no way back, so it takes the password.
import { deleteAccount } from "../api/account.ts";
import { closeDialog } from "../state/dialog.ts";
import { endSession } from "../state/session.ts";
import { Dialog } from "../ui/dialog.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { SendingForm } from "../ui/sending-form.tsx";

export function DeletionDialog() {
  return (
    <Dialog title="Delete your account" onClose={closeDialog}>
      <p class="muted">
        All your tasks and conversations are deleted with it. This cannot be undone; export your
        data first if you may want it again.
      </p>
      <SendingForm
        class="dialog-form"
        send={send}
        culprit="password"
        action={{ idle: "Delete my account", busy: "Deleting…", isDanger: true }}
      >
        <PasswordField isNew={false} />
      </SendingForm>
    </Dialog>
  );
}

async function send(data: FormData) {
  await deleteAccount(String(data.get("password")));
  endSession("Your account is deleted, with everything in it.");
}
