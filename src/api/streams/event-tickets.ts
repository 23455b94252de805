import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Redis } from '../../platform/redis.ts';
import { type Caller, unauthorized } from '../middleware/authenticate.ts';
import { unavailable } from '../problems/problem.ts';

const TICKET = /^[\w-]{43}$/;
const MOST_IN_PROCESS = 10_000;

const Entry = z.object({
  orderId: z.string(),
  holder: z.object({ userId: z.string(), isAdmin: z.boolean(), expiresAt: z.number() }),
});
type Entry = z.output<typeof Entry>;

interface Options {
  redis: Redis | undefined;
  ticketSeconds?: number;
}

/**
 * Tickets to follow one order, for EventSource, which can send no token. They are random, and known
 * by their hash only: in Redis for all processes together, in each process without it.
 */
export class EventTickets {
  readonly #redis: Redis | undefined;
  readonly #seconds: number;
  readonly #inProcess: LRUCache<string, string>;

  constructor({ redis, ticketSeconds = 60 }: Options) {
    this.#redis = redis;
    this.#seconds = ticketSeconds;
    this.#inProcess = new LRUCache({ max: MOST_IN_PROCESS, ttl: ticketSeconds * 1_000 });
  }

  /** A ticket is no better than the token it was asked for with: it ends with it. */
  async issue(orderId: string, holder: Caller): Promise<{ ticket: string; expiresAt: Date }> {
    const ticket = randomBytes(32).toString('base64url');
    const left = Math.min(this.#seconds * 1_000, holder.expiresAt * 1_000 - Date.now());
    const ms = Math.max(1, Math.floor(left));
    const { userId, isAdmin, expiresAt } = holder;
    const entry: Entry = { orderId, holder: { userId, isAdmin, expiresAt } };
    await this.#keep(keyOf(ticket), JSON.stringify(entry), ms);
    return { ticket, expiresAt: new Date(Date.now() + ms) };
  }

  /** Whom it was given to. Throws Problem unauthorized unless it was given for this order. */
  async holderOf(ticket: string, orderId: string): Promise<Caller> {
    const text = TICKET.test(ticket) ? await this.#find(keyOf(ticket)) : undefined;
    const entry = text === undefined ? undefined : Entry.parse(JSON.parse(text));
    if (entry?.orderId !== orderId) throw unauthorized();
    return entry.holder;
  }

  async #keep(key: string, text: string, ms: number): Promise<void> {
    if (this.#redis === undefined) this.#inProcess.set(key, text, { ttl: ms });
    else await this.#redis.set(key, text, 'PX', ms).catch(notNow);
  }

  async #find(key: string): Promise<string | undefined> {
    if (this.#redis === undefined) return this.#inProcess.get(key);
    return (await this.#redis.get(key).catch(notNow)) ?? undefined;
  }
}

function keyOf(ticket: string): string {
  return `event-ticket:${createHash('sha256').update(ticket).digest('base64url')}`;
}

/** Why is in the log already; the error itself holds what was to be kept. */
function notNow(): never {
  throw unavailable('Tickets cannot be given or checked temporarily');
}
