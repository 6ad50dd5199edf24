// What was typed and has not reached the server. It is kept in this browser, for each person apart,
// until it is sent or thrown away; a log-out throws it away, because others may sit here next.
import { onLogOut, user } from "./session.ts";
import { recallJson, remember, remembered } from "./storage.ts";

const mine = () => `draft.${user.peek()?.id ?? ""}.`;

export const recallDraft = <T>(name: string): T | null => recallJson<T>(mine() + name);

/** Keeps `value` under `name`; null throws it away. */
export function keepDraft(name: string, value: object | string | null) {
  const isEmpty = value === null || value === "";
  remember(mine() + name, isEmpty ? null : JSON.stringify(value));
}

/** The names of all drafts that begin with `start`, without it. */
export const draftsOf = (start: string): string[] =>
  remembered(mine() + start).map((key) => key.slice((mine() + start).length));

onLogOut(() => {
  for (const key of remembered(mine())) remember(key, null);
});
