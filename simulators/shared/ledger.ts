import { join } from 'node:path';
import { requestIds } from './incoming.ts';
import { FileLines, type Lines, MemoryLines } from './ledger-lines.ts';

export interface Effect {
  type: string;
  orderId?: string | undefined;
}

export type Recorded<E extends Effect> = E & { seq: number; at: string; requestId?: string };

/**
 * The append-only record of what a service did, one JSON line an effect. It is written before
 * the answer is sent, and is also what a service's state is rebuilt from: there is no other store.
 */
export class Ledger<E extends Effect> {
  #seq = 0;
  readonly #byOrder = new Map<string, number[]>();
  readonly #lines: Lines;

  private constructor(lines: Lines) {
    this.#lines = lines;
  }

  /** Opens `<dataDir>/<name>.jsonl` and hands each effect in it to `apply`, oldest first. */
  static open<E extends Effect>(
    name: string,
    dataDir: string | undefined,
    apply: (effect: E) => void,
  ): Ledger<E> {
    const lines = dataDir ? new FileLines(join(dataDir, `${name}.jsonl`)) : new MemoryLines();
    const ledger = new Ledger<E>(lines);
    for (const [line, position] of lines.all()) {
      const effect = JSON.parse(line) as Recorded<E>;
      ledger.#seq = effect.seq;
      ledger.#index(effect, position);
      apply(effect);
    }
    return ledger;
  }

  get size(): number {
    return this.#seq;
  }

  append(effect: E): void {
    const requestId = requestIds.getStore();
    const recorded = { seq: this.#seq + 1, at: new Date().toISOString(), requestId, ...effect };
    const position = this.#lines.append(JSON.stringify(recorded));
    this.#seq = recorded.seq;
    this.#index(effect, position);
  }

  /** The effects in the order they happened; with an order id only those of that order. */
  entries(orderId?: string): Recorded<E>[] {
    const lines =
      orderId === undefined
        ? [...this.#lines.all()].map(([line]) => line)
        : (this.#byOrder.get(orderId) ?? []).map((position) => this.#lines.read(position));
    return lines.map((line) => JSON.parse(line) as Recorded<E>);
  }

  close(): void {
    this.#lines.close();
  }

  #index({ orderId }: E, position: number): void {
    if (orderId === undefined) return;
    const positions = this.#byOrder.get(orderId);
    if (positions) positions.push(position);
    else this.#byOrder.set(orderId, [position]);
  }
}
