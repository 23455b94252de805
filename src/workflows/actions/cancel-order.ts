import type { Action } from './action.ts';
import { askedFor } from './action-input.ts';

/** CREADO or PAGADO -> CANCELADO, wherever the order is stuck. */
export const cancelOrder: Action = {
  description:
    'Stop and compensate: refund, release. Input: empty, or {"by": "you", "reason": "why"}',
  help: `**\`cancelOrder\`** stops the order: money is refunded, stock is released. Input, if you like: \`{"by": "you", "reason": "why"}\``,

  refuse({ order, intents }) {
    if (order.status === 'ENVIADO' || intents.ship !== undefined) return 'the order is shipped';
    // Whoever asks again waits with the first.
    if (intents.cancel !== undefined) return undefined;
    const isCancelled = intents.isEnding || order.status === 'CANCELADO';
    return isCancelled ? 'the order is cancelled' : undefined;
  },

  apply({ stuck, intents }, request) {
    const { by, reason, note } = request;
    intents.toCancel({ by, note, reason: reason ?? 'cancelled on request' });
    stuck.retryAll(askedFor(request));
  },

  isDone: ({ order, intents }) =>
    order.status === 'CANCELADO' || (intents.isEnding && order.isAbsent),
};
