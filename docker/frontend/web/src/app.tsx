// Either the way in or the workspace, and what is said on both.
import { AuthPage } from "./auth/auth-page.tsx";
import { NoticeBar } from "./shell/notice-bar.tsx";
import { Workspace } from "./shell/workspace.tsx";
import { user } from "./state/session.ts";

export function App() {
  const person = user.value;
  return (
    <>
      {person ? <Workspace key={person.id} person={person} /> : <AuthPage />}
      <NoticeBar />
    </>
  );
}
