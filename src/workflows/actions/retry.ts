import type { Action } from './action.ts';

export const retry: Action = {
  description: 'Try again now what is stuck. Input: empty, or {"by": "you", "note": "why"}',
  help: `**\`retry\`** tries again now what is stuck. Harmless, also when it fails again. Input, if you like: \`{"by": "you", "note": "why"}\``,

  refuse: ({ stuck }) => (stuck.isStuck ? undefined : 'the order is not stuck'),

  apply({ order, stuck }, { by, note }) {
    void order.note(`retry${note ? `: ${note}` : ''}`, by);
    stuck.retryAll();
  },

  isDone: () => true,
};
