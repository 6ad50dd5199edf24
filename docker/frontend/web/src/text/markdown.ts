// The little Markdown that answers contain, parsed into data: paragraphs, lists, bold and code.
// Nothing ever becomes HTML.

export type Span = { kind: "text" | "bold" | "code"; text: string };
export type Block =
  | { kind: "paragraph"; lines: Span[][] }
  | { kind: "list"; ordered: boolean; items: Span[][] };

const ITEM = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/;

/** Splits a text into blocks; unknown syntax stays as it is written. */
export function parseBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let open = false;
  for (const line of text.split("\n")) {
    if (line.trim() === "") open = false;
    else open = add(blocks, line, open);
  }
  return blocks;
}

function add(blocks: Block[], line: string, open: boolean): true {
  const last = open ? blocks.at(-1) : undefined;
  const item = ITEM.exec(line);
  if (!item) {
    if (last?.kind === "paragraph") last.lines.push(parseSpans(line));
    else blocks.push({ kind: "paragraph", lines: [parseSpans(line)] });
    return true;
  }
  const ordered = item[1] !== undefined;
  const spans = parseSpans(item[2] ?? "");
  if (last?.kind === "list" && last.ordered === ordered) last.items.push(spans);
  else blocks.push({ kind: "list", ordered, items: [spans] });
  return true;
}

function parseSpans(line: string): Span[] {
  const parts = line.split(/(\*\*[^*]+\*\*|`[^`]+`)/).filter((part) => part !== "");
  return parts.map((part) => {
    if (part.startsWith("**") && part.length > 4) return { kind: "bold", text: part.slice(2, -2) };
    if (part.startsWith("`") && part.length > 2) return { kind: "code", text: part.slice(1, -1) };
    return { kind: "text", text: part };
  });
}

/** Whether the text contains a list. */
export const hasList = (text: string) => parseBlocks(text).some((block) => block.kind === "list");
