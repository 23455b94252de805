import { expect } from '@jest/globals';

interface Received {
  id: string;
  event: string;
  data: { orderId: string; status: string; version: number };
}

/** Reads the events of a response as they come, as a client does. */
export function follow(response: Response, seen: (event: Received) => unknown = () => {}) {
  expect([response.status, response.headers.get('Content-Type')]).toEqual([
    200,
    'text/event-stream',
  ]);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const events: Received[] = [];
  let text = '';
  let parsed = 0;

  async function read(): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      for (let end = text.indexOf('\n\n', parsed); end >= 0; end = text.indexOf('\n\n', parsed)) {
        const event = parse(text.slice(parsed, end));
        parsed = end + 2;
        if (event === undefined) continue;
        events.push(event);
        await seen(event);
      }
    }
  }

  return {
    events,
    ids: () => events.map(({ id }) => id),
    text: () => text,
    /** The stream came to its end in order. */
    ended: read(),
    cancel: () => reader.cancel(),
  };
}

function parse(block: string): Received | undefined {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)));
  if (fields.id === undefined) return undefined;
  return { id: fields.id, event: fields.event, data: JSON.parse(fields.data) };
}
