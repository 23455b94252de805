import type { Action } from './action.ts';

/** Lets an order be charged that is held for a review. */
export const approve: Action = {
  description: 'Let an order go on that is held for a review. Input: empty, or {"by": "you"}',
  help: '**`approve`** lets the order go on: it is charged. Input, if you like: `{"by": "you", "note": "why"}`',

  refuse: ({ intents }) =>
    intents.awaitsReview && !intents.isApproved ? undefined : 'the order waits for no review',

  apply({ order, intents }, { by, note }) {
    intents.isApproved = true;
    void order.note('approved', { by, note });
  },

  isDone: ({ intents }) => !intents.awaitsReview,
};
