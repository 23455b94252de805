import type { Action } from './action.ts';
import { askedFor } from './action-input.ts';

export const retry: Action = {
  description: 'Try again now what is stuck. Input: empty, or {"by": "you", "note": "why"}',
  help: `**\`retry\`** tries again now what is stuck. Harmless, also when it fails again. Input, if you like: \`{"by": "you", "note": "why"}\``,

  refuse: ({ stuck }) =>
    stuck.isStuck
      ? undefined
      : 'the order is not stuck. A step that somebody has paused goes on after Unpause, on the tab Pending Activities',

  apply({ order, stuck }, request) {
    const { by, note } = request;
    void order.note('retry', { by, note });
    stuck.retryAll(askedFor(request));
  },

  isDone: () => true,
};
