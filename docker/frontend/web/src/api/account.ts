// What a person can do with their account.
import { call, send } from "./http.ts";

/** Sets another password; all other sessions end. */
export const changePassword = (current_password: string, new_password: string) =>
  call<void>("POST", "/api/auth/password", { current_password, new_password });

/** Everything that is kept of the person, as a JSON file. */
export const exportAccount = () =>
  send("GET", "/api/account/export").then((answer) => answer.blob());

/** Deletes the account with everything in it. */
export const deleteAccount = (password: string) =>
  call<void>("DELETE", "/api/account", { password });
