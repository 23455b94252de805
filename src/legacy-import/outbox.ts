import type { Connection, mongo } from 'mongoose';
import mongoose from 'mongoose';
import { z } from 'zod';

/** An event that the legacy service wrote down and did not send. */
export interface UnsentRow {
  id: mongo.ObjectId;
  type: string;
  orderId: string;
  /** The status that the order came to, where the row tells it. */
  to?: string;
}

/** A row that no event can be made from. */
export interface UnreadableRow {
  id: mongo.ObjectId;
  problem: string;
}

/** What the rows look like, give and take: the event may be a document or JSON text. */
const rowSchema = z
  .object({
    _id: z.instanceof(mongoose.mongo.ObjectId),
    eventType: z.string().optional(),
    type: z.string().optional(),
    eventData: z.unknown().optional(),
    payload: z.unknown().optional(),
    data: z.unknown().optional(),
    orderId: z.unknown().optional(),
    aggregateId: z.unknown().optional(),
  })
  .transform((row, context): UnsentRow => {
    const event = asObject(row.eventData) ?? asObject(row.payload) ?? asObject(row.data) ?? {};
    const type = row.eventType ?? row.type;
    const orderId = event.orderId ?? row.orderId ?? row.aggregateId;
    if (type === undefined || orderId === undefined || orderId === null) {
      context.addIssue({ code: 'custom', message: 'tells no type or no order' });
      return z.NEVER;
    }
    const to = event.to ?? event.newStatus ?? event.status;
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

const UNSENT = { processed: false, importProblem: { $exists: false } } as const;
const PROBLEM = { processed: false, importProblem: { $exists: true } } as const;

/** The outbox that a legacy service has left, in the collection that the import found it in. */
export class Outbox {
  constructor(
    readonly connection: Connection,
    readonly name: string,
  ) {}

  /** Rows that wait to be sent, oldest first; one that cannot be read comes as its problem. */
  async *unsent(): AsyncGenerator<UnsentRow | UnreadableRow> {
    const rows = this.#rows.find(UNSENT, { allowDiskUse: true }).sort({ createdAt: 1, _id: 1 });
    for await (const row of rows) {
      const read = rowSchema.safeParse(row);
      if (read.success) yield read.data;
      else yield { id: row._id, problem: read.error.issues[0]?.message ?? 'is not a row' };
    }
  }

  async countUnsent(): Promise<number> {
    return this.#rows.countDocuments(UNSENT);
  }

  async countProblems(): Promise<number> {
    return this.#rows.countDocuments(PROBLEM);
  }

  /** Rows that were kept for a person count as unsent again. Answers how many. */
  async retryProblems(): Promise<number> {
    const { modifiedCount } = await this.#rows.updateMany(PROBLEM, {
      $unset: { importProblem: '' },
    });
    return modifiedCount;
  }

  /** The ids of the events that went out before: some services wrote an event down twice. */
  async sentIds(): Promise<Set<string>> {
    const sent = this.#rows.find(
      { eventId: { $exists: true }, processed: true },
      { projection: { _id: 0, eventId: 1 } },
    );
    const ids = new Set<string>();
    for await (const { eventId } of sent) ids.add(`${eventId}`);
    return ids;
  }

  /** Marks rows as sent, with their event's id, or as kept for a person, with the problem. */
  async mark(rows: readonly (SentRow | UnreadableRow)[]): Promise<void> {
    if (rows.length === 0) return;
    const processedAt = new Date();
    const changes = rows.map((row) => {
      const $set =
        'problem' in row
          ? { importProblem: row.problem }
          : { processed: true, processedAt, eventId: row.eventId };
      return { updateOne: { filter: { _id: row.id }, update: { $set } } };
    });
    await this.#rows.bulkWrite(changes, { ordered: false });
  }

  get #rows() {
    return this.connection.collection(this.name);
  }
}

export interface SentRow {
  id: mongo.ObjectId;
  eventId: string;
}
