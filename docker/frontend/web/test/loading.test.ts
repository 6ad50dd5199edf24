// Lists that come in pages, and many flushers for one load.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gather } from "../src/api/pages.ts";
import { coalesced } from "../src/state/coalesced.ts";

/** A list of `size` numbers in pages, and the limits it was asked for. */
function numbers(size: number) {
  const asked: number[] = [];
  const load = async ({ cursor, limit }: { cursor: string | null; limit: number }) => {
    asked.push(limit);
    const from = Number(cursor ?? 0);
    const rows = Array.from({ length: Math.min(limit, size - from) }, (_, at) => from + at);
    const end = from + rows.length;
    return { rows, next: end < size ? String(end) : null };
  };
  return { load, asked };
}

for (const [size, rows, loaded, limits, isEnd] of [
  [10, 50, 10, [50], true],
  [500, 50, 50, [50], false],
  [500, 450, 450, [200, 200, 50], false],
  [450, 1_000, 450, [200, 200, 200], true],
  [0, 50, 0, [50], true],
] as const) {
  test(`${rows} rows of ${size}`, async () => {
    const { load, asked } = numbers(size);
    const page = await gather(rows, load);
    assert.deepEqual(
      page.rows,
      Array.from({ length: loaded }, (_, at) => at),
    );
    assert.deepEqual(asked, limits);
    assert.equal(page.next === null, isEnd);
  });
}

test("flushers made while work runs become one more run, which all await", async () => {
  let runs = 0;
  const releases: (() => void)[] = [];
  const work = coalesced(async () => {
    runs++;
    await new Promise<void>((resolve) => releases.push(resolve));
  });
  const flushers = [work(), work(), work()];
  await Promise.resolve();
  assert.equal(runs, 1);
  releases.shift()?.();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(runs, 2);
  releases.shift()?.();
  await Promise.all(flushers);
  assert.equal(runs, 2);
  void work();
  await Promise.resolve();
  assert.equal(runs, 3, "and it can be wished for again");
});
