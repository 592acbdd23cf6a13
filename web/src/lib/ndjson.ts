/**
 * Reads one JSON value a line. Chunks may end anywhere: within a line, within a character. A last line without its line
 * break is half of one, because every writer of ours ends each line: it is left out.
 *
 * A writer that says nothing for `silenceMillis` counts as lost: something in between may keep a connection open whose
 * other end is gone.
 */
export async function* lines<T>(body: ReadableStream<Uint8Array> | null, silenceMillis?: number): AsyncGenerator<T> {
  if (!body) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), silenceMillis);
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      let end: number;
      while ((end = rest.indexOf("\n")) >= 0) {
        const line = rest.slice(0, end).trim();
        rest = rest.slice(end + 1);
        if (line) yield JSON.parse(line) as T;
      }
    }
  } finally {
    // Whoever stops listening lets the connection go.
    await reader.cancel().catch(() => undefined);
  }
}

async function within<T>(awaited: Promise<T>, millis: number | undefined): Promise<T> {
  if (millis === undefined) return awaited;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error("nothing came for too long")), millis);
  });
  return Promise.race([awaited, silence]).finally(() => clearTimeout(timer));
}
