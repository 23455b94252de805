import type { Incoming } from './incoming.ts';

/** Counts how often each keyed request arrived, answered or not; a restart forgets them. */
export class Attempts {
  /** By order id and label in one flat map: two maps deep costs several times the memory. */
  readonly #counts = new Map<string, number>();

  count({ orderId, label }: Incoming): void {
    if (orderId === undefined) return;
    const entry = `${orderId}\n${label}`;
    this.#counts.set(entry, (this.#counts.get(entry) ?? 0) + 1);
  }

  /** Attempts by request, e.g. `{"POST /api/payments o1:charge": 2}`. */
  list(orderId?: string): Record<string, number> {
    const listed: Record<string, number> = {};
    for (const [entry, count] of this.#counts) {
      if (orderId !== undefined && !entry.startsWith(`${orderId}\n`)) continue;
      listed[entry.slice(entry.indexOf('\n') + 1)] = count;
    }
    return listed;
  }
}
