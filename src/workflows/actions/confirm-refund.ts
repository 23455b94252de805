import type { Action } from './action.ts';
import { settles } from './evidence.ts';

/** Accepts evidence that a person gave back what Payments could not. */
export const confirmRefund: Action = {
  description:
    'The money is given back, by you or the provider. Input: {"by": "you", "transactionId": "… or none", "note": "…"}',
  help: `**\`confirmRefund\`** says that the money is given back. Input needed: \`{"by": "you", "transactionId": "the refund's number, or none if there was no money", "note": "how you know"}\``,

  ...settles('refund', 'no refund waits for a person'),

  outlastsOrder: true,

  isDone: ({ intents }) => !intents.isAwaited('refund'),
};
