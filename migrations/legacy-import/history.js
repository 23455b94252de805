import { createHash } from 'node:crypto';
import mongoose from 'mongoose';
import { firstDate, madeAt, oneOf, text, withoutNulls } from './values.js';

export const STATUSES = ['CREADO', 'PAGADO', 'ENVIADO', 'CANCELADO'];
const ENDS = ['ENVIADO', 'CANCELADO'];
export const RECONSTRUCTED = 'reconstructed when the order was imported';

/**
 * The order's status history with versions, in the order of time. Its first row is CREADO, PAGADO
 * comes before ENVIADO, and its last one is the order's status: what the legacy service did not write
 * down is reconstructed.
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
  const wasPaid = status === 'ENVIADO' || firstDate(order.paidAt) !== undefined;
  if (wasPaid && !rows.some((row) => row.status === 'PAGADO')) {
    const paid = reconstructed('PAGADO', firstDate(order.paidAt) ?? updatedAt);
    const end = rows.findIndex((row) => ENDS.includes(row.status));
    rows.splice(end < 0 ? rows.length : end, 0, paid);
  }
  if (rows.at(-1)?.status !== status) {
    const ended = firstDate(status === 'ENVIADO' ? order.shippedAt : order.cancelledAt);
    rows.push(reconstructed(status, ended ?? updatedAt));
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
