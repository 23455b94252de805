import { z } from 'zod';
import type { OrderItem } from '../domain/order.ts';
import { Refusal } from '../domain/refusal.ts';
import { createServiceClient } from './http-client.ts';

const Reservation = z.object({ reservationId: z.string(), status: z.string() });

const Shortage = z.object({
  code: z.literal('insufficient_stock'),
  items: z.array(z.object({ productId: z.string(), requested: z.number(), available: z.number() })),
});

export interface InventoryService {
  /** All or nothing. Throws Refusal insufficient_stock with what is available for each line. */
  reserve(reservationId: string, items: readonly OrderItem[]): Promise<void>;
  /** A reservation that is not known counts as released. */
  release(reservationId: string): Promise<void>;
  /** Whether stock is held under the id. */
  isHeld(reservationId: string): Promise<boolean>;
  close(): void;
}

export function createInventoryService(baseUrl: string, breakerResetMs: number): InventoryService {
  const client = createServiceClient({
    service: 'inventory',
    baseUrl,
    timeoutMs: 3_000,
    breaker: { volumeThreshold: 20, resetMs: breakerResetMs },
  });
  return {
    async reserve(reservationId, items) {
      await client.call({
        method: 'POST',
        path: '/api/inventory/reserve',
        body: { reservationId, items },
        schema: Reservation.extend({
          reservationId: z.literal(reservationId),
          status: z.literal('reserved'),
        }),
        changes: true,
        refusal: (status, body) => (status === 409 ? shortage(body) : undefined),
      });
    },
    async release(reservationId) {
      try {
        await client.call({
          method: 'DELETE',
          path: pathOf(reservationId),
          schema: Reservation,
          changes: true,
          refusal: (status) => (status === 404 ? new NothingReserved() : undefined),
        });
      } catch (error) {
        if (!(error instanceof NothingReserved)) throw error;
      }
    },
    async isHeld(reservationId) {
      try {
        const { status } = await client.call({
          method: 'GET',
          path: pathOf(reservationId),
          schema: Reservation,
          changes: false,
          refusal: (status) => (status === 404 ? new NothingReserved() : undefined),
        });
        return status === 'reserved';
      } catch (error) {
        if (error instanceof NothingReserved) return false;
        throw error;
      }
    },
    close: () => client.close(),
  };
}

function pathOf(reservationId: string): string {
  return `/api/inventory/reserve/${encodeURIComponent(reservationId)}`;
}

class NothingReserved extends Error {}

function shortage(body: unknown): Refusal | undefined {
  const parsed = Shortage.safeParse(body);
  if (!parsed.success) return undefined;
  return new Refusal('insufficient_stock', 'There is not enough stock', {
    lines: parsed.data.items,
  });
}
