// Shows parsed Markdown as elements.
import { type Block, parseBlocks, type Span } from "../text/markdown.ts";

export function RichText({ text }: { text: string }) {
  return <div class="rich">{parseBlocks(text).map(renderBlock)}</div>;
}

function renderBlock(block: Block, index: number) {
  if (block.kind === "paragraph") {
    return (
      <p key={index} dir="auto">
        {block.lines.flatMap((line, at) =>
          at > 0 ? [<br />, renderSpans(line)] : [renderSpans(line)],
        )}
      </p>
    );
  }
  const items = block.items.map((item, at) => (
    <li key={at} dir="auto">
      {renderSpans(item)}
    </li>
  ));
  return block.ordered ? <ol key={index}>{items}</ol> : <ul key={index}>{items}</ul>;
}

function renderSpans(spans: Span[]) {
  return spans.map(({ kind, text }) => {
    if (kind === "bold") return <strong>{text}</strong>;
    return kind === "code" ? <code>{text}</code> : text;
  });
}
