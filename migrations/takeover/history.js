import { createHash } from 'node:crypto';
import mongoose from 'mongoose';
import { firstDate, madeAt, oneOf, text, withoutNulls } from './values.js';

export const STATUSES = ['CREADO', 'PAGADO', 'ENVIADO', 'CANCELADO'];
const RECONSTRUCTED = 'reconstructed when the order was taken over';

/**
 * The order's status history with versions, in the order of time. Its first row is CREADO and its
 * last one the order's status: what the other service did not write down is reconstructed.
 *
 * @param {Record<string, unknown>} order as it was
 * @param {{ uuid: string; status: string; createdAt: Date; updatedAt: Date }} known
 * @param {Record<string, unknown>[]} originals
 */
export function versionedHistory(order, { uuid, status, createdAt, updatedAt }, originals) {
  const rows = originals.map((row) => ({
    ...withoutNulls(row),
    orderId: uuid,
    status: oneOf(row.status, STATUSES, 'status in the history'),
    comment: text(row.comment),
    createdAt: firstDate(row.createdAt) ?? madeAt(row._id),
    createdBy: text(row.createdBy) || 'unknown',
  }));
  rows.sort(byTime);
  if (rows[0]?.status !== 'CREADO') rows.unshift(reconstructed('CREADO', createdAt));
  if (rows.at(-1)?.status !== status) {
    const when = { PAGADO: order.paidAt, ENVIADO: order.shippedAt, CANCELADO: order.cancelledAt };
    const at = firstDate(when[/** @type {keyof typeof when} */ (status)], updatedAt);
    rows.push(reconstructed(status, at ?? createdAt));
  }
  return rows.map((row, index) => ({ ...row, version: index + 1 }));

  /** @param {string} to @param {Date} at */
  function reconstructed(to, at) {
    const hash = createHash('sha256').update(`${uuid}:${to}`).digest();
    const _id = new mongoose.mongo.ObjectId(hash.subarray(0, 12));
    const written = { comment: RECONSTRUCTED, createdAt: at, createdBy: 'unknown' };
    return { _id, orderId: uuid, status: to, ...written };
  }
}

/** @typedef {{ _id?: unknown; status: string; createdAt: Date }} Row */

/** Rows of the same instant come as an order's life goes. @param {Row} a @param {Row} b */
function byTime(a, b) {
  return (
    a.createdAt.getTime() - b.createdAt.getTime() ||
    STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) ||
    (text(a._id) < text(b._id) ? -1 : 1)
  );
}
