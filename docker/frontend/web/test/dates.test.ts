// Days as people speak of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, bucketOf, describeDay, describeMoment, today } from "../src/text/dates.ts";

const DAY = "2026-11-21";

test("days near by have names", () => {
  const said = (day: string) => describeDay(day, DAY, "en-GB");
  assert.equal(said("2026-11-21"), "Today");
  assert.equal(said("2026-11-22"), "Tomorrow");
  assert.equal(said("2026-11-20"), "Yesterday");
  assert.equal(said("2026-11-24"), "Tuesday");
  assert.equal(said("2026-11-28"), "28 Nov");
  assert.equal(said("2026-11-19"), "19 Nov");
  assert.equal(said("2027-01-02"), "2 Jan 2027");
});

test("today is the reader's day, not Greenwich's", () => {
  assert.equal(today(new Date(2026, 0, 5, 0, 30)), "2026-01-05");
  assert.equal(today(new Date(2026, 0, 5, 23, 30)), "2026-01-05");
});

test("days are added across months, years and clock changes", () => {
  assert.equal(addDays("2026-12-31", 1), "2027-01-01");
  assert.equal(addDays("2028-02-28", 1), "2028-02-29");
  assert.equal(addDays("2026-03-29", -1), "2026-03-28");
});

test("a task stands under the heading of its day", () => {
  const under = (due: string | null, done = false) => bucketOf({ due, done }, DAY);
  assert.equal(under("2026-11-20"), "late");
  assert.equal(under(DAY), "today");
  assert.equal(under("2026-11-28"), "soon");
  assert.equal(under("2026-11-29"), "later");
  assert.equal(under(null), "someday");
  assert.equal(under("2026-11-20", true), "done");
});

test("moments are told by distance", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  assert.equal(describeMoment("2026-11-21T11:59:40Z", now), "just now");
  assert.equal(describeMoment("2026-11-21T11:15:00Z", now), "45 min ago");
  assert.equal(describeMoment("2026-11-21T09:00:00Z", now), "3 h ago");
});
