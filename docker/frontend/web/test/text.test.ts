// The little Markdown of answers, and wording.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasList, parseBlocks } from "../src/text/markdown.ts";
import { count, initials, parseTags } from "../src/text/words.ts";

const text = (value: string) => ({ kind: "text", text: value });

test("paragraphs, lines, bold and code", () => {
  assert.deepEqual(parseBlocks("a **b** `c`\nd\n\ne"), [
    {
      kind: "paragraph",
      lines: [
        [text("a "), { kind: "bold", text: "b" }, text(" "), { kind: "code", text: "c" }],
        [text("d")],
      ],
    },
    { kind: "paragraph", lines: [[text("e")]] },
  ]);
});

test("a list after a line is a list", () => {
  assert.deepEqual(parseBlocks("Open:\n1. a\n2. b\n- c"), [
    { kind: "paragraph", lines: [[text("Open:")]] },
    { kind: "list", ordered: true, items: [[text("a")], [text("b")]] },
    { kind: "list", ordered: false, items: [[text("c")]] },
  ]);
  assert.equal(hasList("Added “1. FC Köln”."), false);
});

test("what looks like HTML or is left open stays text", () => {
  assert.deepEqual(parseBlocks("<img src=x> **open"), [
    { kind: "paragraph", lines: [[text("<img src=x> **open")]] },
  ]);
});

test("tags are split, trimmed and unique", () => {
  assert.deepEqual(parseTags(" #home, car  home,"), ["home", "car"]);
});

test("wording", () => {
  assert.equal(count(1, "task"), "1 task");
  assert.equal(count(0, "task"), "0 tasks");
  assert.equal(initials("Mira van Okafor"), "MO");
  assert.equal(initials("  "), "?");
});
