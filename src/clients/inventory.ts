import { z } from 'zod';
import type { OrderItem } from '../domain/order.ts';
import { Refusal } from '../domain/refusal.ts';
import { createServiceClient } from './http/http-client.ts';

const Reservation = z.object({
  reservationId: z.string(),
  status: z.enum(['reserved', 'released']),
});

const Shortage = z.object({
  code: z.literal('insufficient_stock'),
  items: z.array(z.object({ productId: z.string(), requested: z.number(), available: z.number() })),
});

export interface InventoryService {
  /** All or nothing. Throws Refusal insufficient_stock with what is available for each line. */
  reserve(reservationId: string, items: readonly OrderItem[]): Promise<void>;
  /** A reservation that is not known counts as released. */
  release(reservationId: string): Promise<void>;
  /** Goods that came back, once for each id. */
  takeBack(returnId: string, items: readonly OrderItem[]): Promise<void>;
  /** Whether stock is held under the id. */
  isHeld(reservationId: string): Promise<boolean>;
  /** Those of these ids, at most 500, under which stock is held. */
  held(reservationIds: readonly string[]): Promise<Set<string>>;
  close(): void;
}

export function createInventoryService(baseUrl: string, breakerResetMs: number): InventoryService {
  const client = (name: string) =>
    createServiceClient({
      service: 'inventory',
      baseUrl,
      breaker: { name, volumeThreshold: 20, resetMs: breakerResetMs },
    });
  const reservations = client('inventory');
  // Giving stock back must not wait for connections or a breaker that reservations have used up.
  const releases = client('inventory release');
  // What the reconciler cannot read must not stop orders, nor the other way round.
  const lookups = client('inventory look-up');
  return {
    async reserve(reservationId, items) {
      await reservations.call({
        method: 'POST',
        path: '/api/inventory/reserve',
        body: { reservationId, items },
        timeoutMs: 3_000,
        schema: Reservation.extend({
          reservationId: z.literal(reservationId),
          status: z.literal('reserved'),
        }),
        changes: true,
        refusal: (status, body) => (status === 409 ? shortage(body) : undefined),
      });
    },
    async release(reservationId) {
      await releases.find({
        method: 'DELETE',
        path: pathOf(reservationId),
        timeoutMs: 5_000,
        schema: Reservation.extend({
          reservationId: z.literal(reservationId),
          status: z.literal('released'),
        }),
        changes: true,
        absent: 'reservation_not_found',
      });
    },
    async takeBack(returnId, items) {
      await releases.call({
        method: 'POST',
        path: '/api/inventory/returns',
        body: { returnId, items },
        timeoutMs: 5_000,
        schema: z.object({ returnId: z.literal(returnId) }),
        changes: true,
      });
    },
    async isHeld(reservationId) {
      const reservation = await lookups.find({
        method: 'GET',
        path: pathOf(reservationId),
        timeoutMs: 3_000,
        schema: Reservation.extend({ reservationId: z.literal(reservationId) }),
        changes: false,
        absent: 'reservation_not_found',
      });
      return reservation?.status === 'reserved';
    },
    async held(reservationIds) {
      const { reservations: known } = await lookups.call({
        method: 'POST',
        path: '/api/inventory/reserve/lookup',
        body: { reservationIds },
        timeoutMs: 10_000,
        schema: z.object({ reservations: z.array(Reservation) }),
        changes: false,
      });
      const held = known.filter(({ status }) => status === 'reserved');
      return new Set(held.map(({ reservationId }) => reservationId));
    },
    close() {
      for (const one of [reservations, releases, lookups]) one.close();
    },
  };
}

function pathOf(reservationId: string): string {
  return `/api/inventory/reserve/${encodeURIComponent(reservationId)}`;
}

function shortage(body: unknown): Refusal | undefined {
  const parsed = Shortage.safeParse(body);
  if (!parsed.success) return undefined;
  return new Refusal('insufficient_stock', 'There is not enough stock', {
    lines: parsed.data.items,
  });
}
