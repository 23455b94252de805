interface ServerSentEvent {
  id: string;
  event: string;
  data: string;
}

interface Chunk {
  /** Undefined where a block only says when to reconnect, or that the stream is alive. */
  event?: ServerSentEvent;
  retryMs?: number;
}

/** Reads server-sent events as they come. Throws when nothing comes for so long. Milliseconds. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
): AsyncGenerator<Chunk> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), silenceMs);
      if (done) return;
      // A line may end in CR LF, whose halves may come apart: the end of a text is kept for later.
      text += decoder.decode(value, { stream: true });
      const blocks = text.split(/\r\n\r\n|\n\n|\r\r(?!\n)/);
      text = blocks.pop() ?? '';
      for (const block of blocks) yield parse(block);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parse(block: string): Chunk {
  let retryMs: number | undefined;
  const event = { id: '', event: 'message', data: '' };
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === 'id') event.id = value;
    if (name === 'event') event.event = value;
    if (name === 'data') data.push(value);
    if (name === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
  }
  event.data = data.join('\n');
  return { ...(data.length > 0 && { event }), ...(retryMs !== undefined && { retryMs }) };
}

async function inTime<T>(reading: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the event stream is silent')), ms);
  });
  try {
    return await Promise.race([reading, silence]);
  } finally {
    clearTimeout(timer);
  }
}
