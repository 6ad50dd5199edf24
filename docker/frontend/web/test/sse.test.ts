// Server-sent events, however the network cuts them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvents, type ServerEvent } from "../src/api/sse.ts";

async function readBytes(...pieces: Uint8Array[]): Promise<ServerEvent[]> {
  async function* stream() {
    yield* pieces;
  }
  const events: ServerEvent[] = [];
  for await (const event of readEvents(stream())) events.push(event);
  return events;
}

const encode = (text: string) => new TextEncoder().encode(text);
const read = (...pieces: string[]) => readBytes(...pieces.map(encode));

test("an event has a name, data and an id", async () => {
  const events = await read('id: s:1\nevent: delta\ndata: {"text":"hi"}\n\n');
  assert.deepEqual(events, [{ event: "delta", data: '{"text":"hi"}', id: "s:1" }]);
});

test("every way to cut a stream gives the same events", async () => {
  const text = "event: a\r\ndata: grüße\r\n\r\n: heartbeat\n\ndata: one\ndata: two\nid: 7\n\n";
  const whole = await read(text);
  assert.equal(whole.length, 2);
  for (let at = 1; at < text.length; at++) {
    assert.deepEqual(await read(text.slice(0, at), text.slice(at)), whole, `cut at ${at}`);
  }
});

test("a character that is cut in two arrives whole", async () => {
  const all = encode("data: ü\n\n");
  assert.equal((await readBytes(all.slice(0, 7), all.slice(7)))[0]?.data, "ü");
});

test("an event that was not completed is not an event", async () => {
  assert.deepEqual(await read("event: done\ndata: {}\n"), []);
});
