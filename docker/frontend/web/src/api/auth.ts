// Sign-up, log-in and log-out. The session lives in an httpOnly cookie that this code never sees.
import { call } from "./http.ts";
import type { User } from "./types.ts";

const userOf = (answer: { user: User }) => answer.user;

export const signUp = (name: string, email: string, password: string) =>
  call<{ user: User }>("POST", "/api/auth/signup", { name, email, password }).then(userOf);

export const logIn = (email: string, password: string) =>
  call<{ user: User }>("POST", "/api/auth/login", { email, password }).then(userOf);

export const logOut = () => call<unknown>("POST", "/api/auth/logout");

/** Ends every session of the person, this one too. */
export const logOutEverywhere = () => call<unknown>("POST", "/api/auth/logout-everywhere");

/** Exchanges a session that still lasts for a fresh one. */
export const refreshSession = () => call<{ user: User }>("POST", "/api/auth/refresh").then(userOf);

/** Whose session the cookie is, whoever this tab thought it was. */
export const whoAmI = () =>
  call<{ user: User }>("GET", "/api/auth/me", undefined, { forAnyone: true }).then(userOf);
