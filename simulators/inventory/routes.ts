import { createRoute, z } from '@hono/zod-openapi';
import { jsonAnswer, jsonBody } from '../shared/content.ts';
import { problemAnswer } from '../shared/problem.ts';

const items = z
  .array(z.object({ productId: z.string().min(1), quantity: z.int().min(1).max(1_000_000) }))
  .min(1)
  .max(500);

const reservationSchema = z
  .object({ reservationId: z.string(), status: z.enum(['reserved', 'released']), items })
  .meta({ id: 'Reservation' });

const reservationId = z.string().min(1).max(255);

export const reserve = createRoute({
  method: 'post',
  path: '/api/inventory/reserve',
  summary: 'Hold stock: all lines or none; repeatable with the same id',
  request: { body: jsonBody(z.object({ reservationId, items })) },
  responses: {
    201: jsonAnswer('Reserved', reservationSchema),
    200: jsonAnswer('Reserved before, by the same request', reservationSchema),
    400: problemAnswer('invalid_request'),
    409: problemAnswer('insufficient_stock (items: what is available), or reservation_released'),
    422: problemAnswer('unknown_product (productIds), or reservation_conflict'),
  },
});

export const release = createRoute({
  method: 'delete',
  path: '/api/inventory/reserve/{reservationId}',
  summary: 'Give the stock back, once; also stops a reserve that lands later',
  request: { params: z.object({ reservationId }) },
  responses: {
    200: jsonAnswer(
      'Released, now or before',
      z.object({ reservationId, status: z.literal('released') }),
    ),
    404: problemAnswer('reservation_not_found: nothing was held; the id is closed from now on'),
  },
});

export const takeBack = createRoute({
  method: 'post',
  path: '/api/inventory/returns',
  summary: 'Take goods back that had been sold; repeatable with the same id',
  request: { body: jsonBody(z.object({ returnId: reservationId, items })) },
  responses: {
    201: jsonAnswer('In stock again', z.object({ returnId: z.string(), items })),
    200: jsonAnswer('Taken back before', z.object({ returnId: z.string(), items })),
    400: problemAnswer('invalid_request'),
    422: problemAnswer('unknown_product (productIds), or return_conflict'),
  },
});

export const getReservation = createRoute({
  method: 'get',
  path: '/api/inventory/reserve/{reservationId}',
  summary: 'Look up a reservation',
  request: { params: z.object({ reservationId }) },
  responses: {
    200: jsonAnswer('The reservation', reservationSchema),
    404: problemAnswer('reservation_not_found'),
  },
});

export const lookUp = createRoute({
  method: 'post',
  path: '/api/inventory/reserve/lookup',
  summary: 'Look up many reservations; those that are not known are left out',
  request: { body: jsonBody(z.object({ reservationIds: z.array(reservationId).max(500) })) },
  responses: {
    200: jsonAnswer('The reservations', z.object({ reservations: z.array(reservationSchema) })),
    400: problemAnswer('invalid_request'),
  },
});
