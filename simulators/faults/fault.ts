import { z } from 'zod';

export const garbageVariants = ['html', 'truncated', 'wrongShape', 'huge', 'cut'] as const;

export type GarbageVariant = (typeof garbageVariants)[number];

/** A fault as an admin asks for it. Strict: a misspelt member must not make a fault that never fires. */
export const faultSchema = z.strictObject({
  id: z.string().min(1).max(100).optional(),
  kind: z.enum(['latency', 'errorBefore', 'errorAfter', 'timeout', 'garbage', 'decline']),
  /** `POST /api/payments`, `DELETE /api/inventory/reserve/{id}`, `POST /api/*`, or a path prefix. */
  route: z.string().min(1).optional(),
  orderId: z.string().min(1).optional(),
  probability: z.number().min(0).max(1).default(1),
  /** How often it fires before it is spent; without it, for ever. */
  times: z.int().min(1).optional(),
  /** Waits before anything else; for a timeout it is how long the connection is held open. */
  latencyMs: z.int().min(0).max(600_000).optional(),
  status: z
    .int()
    .min(300)
    .max(599)
    .refine((status) => status !== 304, 'has no body')
    .default(503),
  retryAfterSeconds: z.int().min(0).optional(),
  /** Of timeout and garbage: whether the request failed before its effect or after it. */
  effect: z.enum(['before', 'after']).default('after'),
  variant: z.enum(garbageVariants).optional(),
  /** Of decline: the reason given. */
  reason: z.string().min(1).optional(),
});

export type Fault = z.output<typeof faultSchema>;
