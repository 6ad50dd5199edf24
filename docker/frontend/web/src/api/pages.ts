// Lists that come page by page. Pure.

export interface Page<T> {
  rows: T[];
  /** The cursor of the next page; null at the end. */
  next: string | null;
}

/** The most rows that the backend gives at once. */
const PAGE_MAX = 200;

/** Loads as many pages as `rows` rows need, from the beginning. */
export async function gather<T, P extends Page<T>>(
  rows: number,
  load: (at: { cursor: string | null; limit: number }) => Promise<P>,
): Promise<P> {
  const first = await load({ cursor: null, limit: Math.min(rows, PAGE_MAX) });
  const all = { ...first, rows: [...first.rows] };
  while (all.next && all.rows.length < rows) {
    const limit = Math.min(rows - all.rows.length, PAGE_MAX);
    const page = await load({ cursor: all.next, limit });
    all.rows.push(...page.rows);
    all.next = page.next;
  }
  return all;
}
