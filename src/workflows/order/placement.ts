import type { PlacementRequest } from '../../contract/order.ts';
import { Refusal } from '../../domain/refusal.ts';
import { asUpdateFailure } from '../steps/refusal-conversion.ts';
import { until } from './handler-waits.ts';

/** The answer to the customer who places the order: accepted, or refused with a reason. */
export class Placement {
  #answer: 'accepted' | Refusal | undefined;

  constructor(readonly requestHash: string) {}

  accept(): void {
    this.#answer ??= 'accepted';
  }

  refuse(refusal: Refusal): void {
    this.#answer ??= refusal;
  }

  assertSameRequest(request: PlacementRequest): void {
    if (request.requestHash === this.requestHash) return;
    throw asUpdateFailure(
      new Refusal('idempotency_key_reused', 'The Idempotency-Key came with another body before'),
    );
  }

  /** Answers which attempt it was that was settled: repeats share the answer of the first. */
  async settled(request?: PlacementRequest): Promise<string | undefined> {
    await until(() => this.#answer !== undefined);
    if (this.#answer instanceof Refusal) throw asUpdateFailure(this.#answer);
    return request?.attempt;
  }
}
