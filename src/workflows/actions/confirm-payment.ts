import type { Action } from './action.ts';
import { settles } from './evidence.ts';

/** Accepts evidence from outside of a payment that is unknown or pending. */
export const confirmPayment: Action = {
  description:
    'The customer has paid for sure. Input: {"by": "you", "transactionId": "…", "note": "how you know"}',
  help: `**\`confirmPayment\`** makes it paid. Only if you know from the payment provider that the customer has paid. Input needed: \`{"by": "you", "transactionId": "the provider's number", "note": "how you know"}\``,

  ...settles('payment', 'the payment is neither unknown nor pending'),

  isDone: ({ order }) => order.status !== 'CREADO',
};
