// Reads server-sent events from a stream of bytes
// (https://html.spec.whatwg.org/#event-stream-interpretation). EventSource cannot send a POST, so
// the page reads the stream itself.

export interface ServerEvent {
  event: string;
  data: string;
  id: string;
}

/** Yields each event as soon as its closing blank line has arrived. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  const parser = new EventParser();
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    yield* parser.take(lines);
  }
}

class EventParser {
  private event = "";
  private data: string[] = [];
  private id = "";

  *take(lines: string[]): Generator<ServerEvent> {
    for (const line of lines) {
      if (line !== "") this.field(line);
      else if (this.data.length > 0) yield this.dispatch();
      else this.event = "";
    }
  }

  private field(line: string) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.event = value;
    else if (name === "data") this.data.push(value);
    else if (name === "id") this.id = value;
  }

  private dispatch(): ServerEvent {
    const event = { event: this.event || "message", data: this.data.join("\n"), id: this.id };
    this.event = "";
    this.data = [];
    return event;
  }
}
