// The address says what is on the screen, and nothing that makes no sense.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRoute, NO_FILTERS, parseRoute, type Route } from "../src/state/route.ts";

const USUAL: Route = { tab: "chat", conversation: "", filters: NO_FILTERS };

test("the usual route has the bare address", () => {
  assert.equal(formatRoute(USUAL), "");
  assert.deepEqual(parseRoute(""), USUAL);
});

test("every route comes back as it was written", () => {
  const routes: Route[] = [
    { ...USUAL, tab: "tasks", conversation: "new" },
    { ...USUAL, filters: { ...NO_FILTERS, text: "a & b = ü?", tag: "home" } },
    {
      tab: "tasks",
      conversation: "6f1c",
      filters: {
        view: "all",
        text: "x",
        tag: "t",
        priority: "high",
        due: "week",
        sort: "-created",
      },
    },
  ];
  for (const route of routes) assert.deepEqual(parseRoute(formatRoute(route)), route);
});

test("what makes no sense is left aside", () => {
  assert.deepEqual(parseRoute("?view=x&sort=y&priority=z&due=1&tab=q&other=1"), USUAL);
});
