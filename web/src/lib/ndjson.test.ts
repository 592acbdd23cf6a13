import { expect, test, vi } from "vitest";
import { lines } from "./ndjson";

function stream(chunks: readonly Uint8Array[], onCancel?: () => void): ReadableStream<Uint8Array> {
  const rest = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const next = rest.shift();
      if (next) controller.enqueue(next);
      else controller.close();
    },
    cancel: onCancel,
  });
}

async function all(chunks: readonly Uint8Array[]) {
  const found: unknown[] = [];
  for await (const line of lines(stream(chunks))) found.push(line);
  return found;
}

const text = '{"a":"é€😀"}\n\n{"b":2}\r\n{"c":[1,2]}\n';
const bytes = new TextEncoder().encode(text);
const want = [{ a: "é€😀" }, { b: 2 }, { c: [1, 2] }];

test("chunks may end anywhere, within a character too", async () => {
  for (let size = 1; size <= bytes.length; size++) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
    expect(await all(chunks), `in chunks of ${size}`).toEqual(want);
  }
});

test("half of a line at the end is left out", async () => {
  const cut = new TextEncoder().encode('{"a":1}\n{"b":');
  expect(await all([cut])).toEqual([{ a: 1 }]);
  expect(await all([])).toEqual([]);
});

test("what is no JSON is an error", async () => {
  await expect(all([new TextEncoder().encode("<html>\n")])).rejects.toThrow(SyntaxError);
});

test("who stops listening lets the connection go", async () => {
  let isCancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("1\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  for await (const line of lines<number>(endless)) {
    expect(line).toBe(1);
    break;
  }
  expect(isCancelled).toBe(true);
});

test("a writer that falls silent is given up, and one that is only slow is not", async () => {
  vi.useFakeTimers();
  const pieces: ReadableStreamDefaultController<Uint8Array>[] = [];
  const cancel = vi.fn();
  const body = new ReadableStream<Uint8Array>({ start: (one) => void pieces.push(one), cancel });
  const read = lines<number>(body, 1000);
  const say = (text: string) => pieces[0]?.enqueue(new TextEncoder().encode(text));
  setTimeout(() => say("1\n"), 900);
  setTimeout(() => say("2\n"), 1800);
  const first = read.next();
  await vi.advanceTimersByTimeAsync(900);
  expect((await first).value).toBe(1);
  const second = read.next();
  await vi.advanceTimersByTimeAsync(900);
  expect((await second).value).toBe(2);
  const third = expect(read.next()).rejects.toThrow("nothing came for too long");
  await vi.advanceTimersByTimeAsync(1000);
  await third;
  expect(cancel).toHaveBeenCalledOnce();
  vi.useRealTimers();
});
