// Everything that is kept of the person, as a file on their machine.
import { exportAccount } from "../api/account.ts";
import { commitAll } from "../state/removal.ts";
import { today } from "../text/dates.ts";

export async function saveExport() {
  await commitAll();
  const address = URL.createObjectURL(await exportAccount());
  const link = document.createElement("a");
  link.href = address;
  link.download = `saydone-${today()}.json`;
  link.click();
  // The browser reads the file after this function has returned.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
