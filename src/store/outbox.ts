import type { Connection, mongo } from 'mongoose';
import mongoose from 'mongoose';
import { z } from 'zod';

/** An event that another service wrote down and did not send. */
export interface UnsentRow {
  id: mongo.ObjectId;
  type: string;
  orderId: string;
  /** The status that the order came to, where the row tells it. */
  to?: string;
}

/** What the rows look like, give and take: the payload may be a document or JSON text. */
const rowSchema = z
  .object({
    _id: z.instanceof(mongoose.mongo.ObjectId),
    eventType: z.string().optional(),
    type: z.string().optional(),
    payload: z.unknown().optional(),
    data: z.unknown().optional(),
    orderId: z.unknown().optional(),
    aggregateId: z.unknown().optional(),
  })
  .transform((row, context): UnsentRow => {
    const payload = asObject(row.payload) ?? asObject(row.data) ?? {};
    const type = row.eventType ?? row.type;
    const orderId = payload.orderId ?? row.orderId ?? row.aggregateId;
    if (type === undefined || orderId === undefined || orderId === null) {
      context.addIssue({ code: 'custom', message: 'tells no type or no order' });
      return z.NEVER;
    }
    const to = payload.to ?? payload.newStatus ?? payload.status;
    return { id: row._id, type, orderId: `${orderId}`, ...(typeof to === 'string' && { to }) };
  });

function asObject(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'string') return (value ?? undefined) as Record<string, unknown> | undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

const UNSENT = { processed: false, takeoverProblem: { $exists: false } } as const;

/** The outbox that a service which was taken over has left. */
export class Outbox {
  constructor(readonly connection: Connection) {}

  /** Rows that wait to be sent, oldest first; a row that cannot be read comes as its problem. */
  async *unsent(): AsyncGenerator<UnsentRow | { id: mongo.ObjectId; problem: string }> {
    await this.#rows.createIndex({ processed: 1, createdAt: 1, _id: 1 });
    await this.#rows.createIndex({ eventId: 1 }, { sparse: true });
    for await (const row of this.#rows.find(UNSENT).sort({ createdAt: 1, _id: 1 })) {
      const read = rowSchema.safeParse(row);
      if (read.success) yield read.data;
      else yield { id: row._id, problem: read.error.issues[0]?.message ?? 'is not a row' };
    }
  }

  async countUnsent(): Promise<number> {
    return this.#rows.countDocuments(UNSENT);
  }

  async countProblems(): Promise<number> {
    return this.#rows.countDocuments({ processed: false, takeoverProblem: { $exists: true } });
  }

  /** Whether a row with this event went out before: some services wrote an event down twice. */
  async wasSent(eventId: string): Promise<boolean> {
    return (await this.#rows.findOne({ eventId, processed: true })) !== null;
  }

  async markSent(id: mongo.ObjectId, eventId: string): Promise<void> {
    const change = { processed: true, processedAt: new Date(), eventId };
    // A mark that a crash loses costs a repetition, with the same id.
    await this.#rows.updateOne({ _id: id }, { $set: change }, { writeConcern: { w: 1 } });
  }

  /** Such a row waits for a person: it is kept, and not tried again. */
  async markProblem(id: mongo.ObjectId, takeoverProblem: string): Promise<void> {
    await this.#rows.updateOne({ _id: id }, { $set: { takeoverProblem } });
  }

  get #rows() {
    return this.connection.collection('outboxes');
  }
}
