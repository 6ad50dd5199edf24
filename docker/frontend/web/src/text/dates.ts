// Days without times, as people speak of them. A day is `YYYY-MM-DD` in the reader's own time zone.

export type Bucket = "late" | "today" | "soon" | "later" | "someday" | "done";

const DAY_MS = 86_400_000;
const SOON_DAYS = 7;

/** The reader's day at `now`. */
export function today(now = new Date()): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** How many days `day` is after `from`; negative when it is before. */
export function daysBetween(from: string, day: string): number {
  return Math.round((Date.parse(day) - Date.parse(from)) / DAY_MS);
}

/** The day `count` days after `day`. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

/**
 * "Today", "Tomorrow", a weekday within a week, else a date; the year only when it is another one.
 */
export function describeDay(day: string, from = today(), locale?: string): string {
  const distance = daysBetween(from, day);
  if (distance === 0) return "Today";
  if (distance === 1) return "Tomorrow";
  if (distance === -1) return "Yesterday";
  const date = new Date(`${day}T12:00:00Z`);
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(date);
  if (distance > 0 && distance < SOON_DAYS) return format({ weekday: "long" });
  const sameYear = day.slice(0, 4) === from.slice(0, 4);
  return format({ day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) });
}

/** Which heading of the list a task stands under. */
export function bucketOf(task: { due: string | null; done: boolean }, from = today()): Bucket {
  if (task.done) return "done";
  if (!task.due) return "someday";
  const distance = daysBetween(from, task.due);
  if (distance < 0) return "late";
  if (distance === 0) return "today";
  return distance <= SOON_DAYS ? "soon" : "later";
}

/** "just now", "5 min ago", "3 h ago", else the day. */
export function describeMoment(moment: string, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - Date.parse(moment)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return describeDay(today(new Date(moment)), today(now));
}
