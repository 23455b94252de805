import type { Action } from './action.ts';

/** PAGADO -> ENVIADO. A cancellation under way blocks it. */
export const markShipped: Action = {
  description:
    'A paid order has left. Input: empty, or {"by": "you", "carrier": "…", "trackingNumber": "…"}',
  help: `**\`markShipped\`** says that a paid order has left. Input, if you like: \`{"by": "you", "carrier": "…", "trackingNumber": "…"}\``,

  refuse({ order, intents }, { carrier, trackingNumber }) {
    if (intents.cancel !== undefined || intents.isEnding) return 'the order is being cancelled';
    const { ship } = intents;
    // Whoever says the same again waits with the first.
    const isSame = ship?.carrier === carrier && ship?.trackingNumber === trackingNumber;
    if (ship !== undefined) return isSame ? undefined : 'the order is shipped';
    if (order.nextStatus === 'PAGADO') return undefined;
    const until = order.status === 'CREADO' ? ': it can be shipped once it is PAGADO' : '';
    return `the order is ${order.status}${until}`;
  },

  apply({ intents }, { by, carrier, trackingNumber }) {
    intents.toShip({ by, carrier, trackingNumber });
  },

  isDone: ({ order }) => order.status === 'ENVIADO',
};
