import type { Connection } from 'mongoose';
import type { RecordedDelivery } from '../domain/records.ts';
import { Refusal } from '../domain/refusal.ts';
import { LaterFacts } from './later-facts.ts';

/** Times in ISO 8601. */
export interface ToDeliver {
  orderId: string;
  deliveredAt: string;
  by: string;
  note?: string;
  at: string;
}

export class DeliveryStore {
  readonly #facts: LaterFacts;

  constructor(readonly connection: Connection) {
    this.#facts = new LaterFacts(connection);
  }

  /** The first one stands. Throws Refusal illegal_transition for an order that is not shipped. */
  async record({ orderId, deliveredAt, by, note, at }: ToDeliver): Promise<RecordedDelivery> {
    const delivery = { at: { $literal: new Date(deliveredAt) }, version: LaterFacts.NEXT_VERSION };
    const filter = { delivery: { $exists: false } };
    const order = await this.#facts.change(orderId, filter, { delivery }, at);
    if (order.delivery === undefined) {
      throw new Refusal('illegal_transition', `the order is ${order.status}`);
    }
    const { version } = order.delivery;
    const fact = { orderId, comment: 'delivered', createdBy: by, note, at };
    const recordedAt = await this.#facts.tell(fact, version);
    const { userId } = order;
    return { userId, version, deliveredAt: order.delivery.at.toISOString(), at: recordedAt };
  }
}
