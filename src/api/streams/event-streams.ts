import { Gauge } from 'prom-client';
import { Problem } from '../problems/problem.ts';

const following = new Gauge({
  name: 'orders_event_streams',
  help: 'Who follows an order at the moment',
});

/** A server-sent event, as the HTML standard has it. */
interface ServerSentEvent {
  id: string;
  event: string;
  data: unknown;
}

interface StreamsOptions {
  heartbeatMs?: number;
  /** How many may be open at once: of one user, and in this process. */
  ofUser?: number;
  inAll?: number;
}

interface Options {
  userId: string;
  /** When the client has to reconnect with a new token, in seconds since 1970. */
  expiresAt: number;
  /** The stream came to its end, in whatever way. */
  onEnd: () => void;
}

const HEARTBEAT_MS = 15_000;
/** Who has left so many messages unread is cut off, and may reconnect. */
const MAX_WAITING = 64;
/** When to reconnect; not for all at once after they were ended together. */
const RETRY_MS = { least: 1_000, spread: 2_000 };
const encoder = new TextEncoder();

/** The event streams of this process: kept alive by heartbeats, and ended all together. */
export class EventStreams {
  readonly #open = new Set<EventStream>();
  #heart: NodeJS.Timeout | undefined;
  readonly #ofUser = new Map<string, number>();
  #isEnding = false;

  readonly #options: Required<StreamsOptions>;

  constructor(options: StreamsOptions = {}) {
    const unlimited = { ofUser: Number.POSITIVE_INFINITY, inAll: Number.POSITIVE_INFINITY };
    this.#options = { heartbeatMs: HEARTBEAT_MS, ...unlimited, ...options };
  }

  get size(): number {
    return this.#open.size;
  }

  /** Throws Problem rate_limited when there are too many. */
  open({ userId, expiresAt, onEnd }: Options): EventStream {
    const { ofUser, inAll, heartbeatMs } = this.#options;
    const own = this.#ofUser.get(userId) ?? 0;
    if (own >= ofUser || this.size >= inAll) throw tooMany();
    this.#ofUser.set(userId, own + 1);
    const stream = new EventStream(expiresAt, () => {
      this.#leave(userId);
      this.#open.delete(stream);
      following.dec();
      if (this.#open.size === 0) this.#rest();
      onEnd();
    });
    this.#open.add(stream);
    following.inc();
    this.#heart ??= setInterval(() => {
      for (const open of this.#open) open.beat();
    }, heartbeatMs).unref();
    if (this.#isEnding) stream.end();
    return stream;
  }

  /** The process stops: all are ended, and those that still come at once. */
  endAll(): void {
    this.#isEnding = true;
    for (const stream of this.#open) stream.end();
  }

  #leave(userId: string): void {
    const left = (this.#ofUser.get(userId) ?? 1) - 1;
    if (left > 0) this.#ofUser.set(userId, left);
    else this.#ofUser.delete(userId);
  }

  #rest(): void {
    clearInterval(this.#heart);
    this.#heart = undefined;
  }
}

function tooMany(): Problem {
  const detail = 'Too many event streams are open';
  return new Problem('rate_limited', detail, {}, { 'Retry-After': '10' });
}

export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  isOpen = true;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor(
    readonly expiresAt: number,
    readonly onEnd: () => void,
  ) {
    const source = {
      start: (controller: ReadableStreamDefaultController<Uint8Array>) => {
        this.#controller = controller;
      },
      cancel: () => this.#close(),
    };
    this.body = new ReadableStream(source, { highWaterMark: MAX_WAITING });
    this.#write(`retry: ${Math.round(RETRY_MS.least + Math.random() * RETRY_MS.spread)}`);
  }

  send({ id, event, data }: ServerSentEvent): void {
    this.#write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}`);
  }

  /** Says that it is still there, unless the client's token is not any more. */
  beat(): void {
    this.#write(': still here');
    if (Date.now() >= this.expiresAt * 1000) this.end();
  }

  /** Ends it in order: the client gets what was sent, and may reconnect. */
  end(): void {
    if (!this.isOpen) return;
    this.#controller.close();
    this.#close();
  }

  #write(text: string): void {
    if (!this.isOpen) return;
    if ((this.#controller.desiredSize ?? 0) > 0) {
      this.#controller.enqueue(encoder.encode(`${text}\n\n`));
    } else {
      this.#controller.error(new Error('the client does not read'));
      this.#close();
    }
  }

  #close(): void {
    this.isOpen = false;
    this.onEnd();
  }
}
