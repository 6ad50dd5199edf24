// Either the way in or the workspace.
import { AuthPage } from "./auth/auth-page.tsx";
import { Workspace } from "./shell/workspace.tsx";
import { user } from "./state/session.ts";

export function App() {
  const person = user.value;
  return person ? <Workspace key={person.id} person={person} /> : <AuthPage />;
}
