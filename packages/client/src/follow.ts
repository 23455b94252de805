import { readEvents } from './event-stream.ts';
import type { Send } from './http.ts';
import { pause } from './retry.ts';
import type { OrderStatus, StatusEvent } from './types.ts';

export interface FollowOptions {
  /** The version that is known already: only what came after it. */
  after?: number;
  signal?: AbortSignal;
}

const FINAL: readonly OrderStatus[] = ['ENVIADO', 'CANCELADO'];
/** The API says that it is there every 15 s. */
const SILENCE_MS = 45_000;
const RECONNECT_MS = 1_000;

/** Each status that the order comes into, until the last; goes on after an interruption where it was. */
export async function* follow(
  send: Send,
  path: string,
  { after = 0, signal }: FollowOptions = {},
): AsyncGenerator<StatusEvent, void> {
  let version = after;
  let reconnectMs = RECONNECT_MS;
  for (;;) {
    const headers = {
      Accept: 'text/event-stream',
      ...(version > 0 && { 'Last-Event-ID': `${version}` }),
    };
    const { status, body } = await send({ path, headers, signal });
    if (status === 204 || body === null) return;
    try {
      for await (const { event, retryMs = reconnectMs } of readEvents(body, SILENCE_MS)) {
        reconnectMs = retryMs;
        if (event?.event !== 'status') continue;
        const change: StatusEvent = JSON.parse(event.data);
        if (change.version <= version) continue;
        version = change.version;
        yield change;
        if (FINAL.includes(change.status)) return;
      }
    } catch {
      // Cut off: the next attempt says whether it can go on.
      signal?.throwIfAborted();
    }
    await pause(reconnectMs, signal);
  }
}
