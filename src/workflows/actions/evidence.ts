import type { Action } from './action.ts';
import type { Subject } from './intents.ts';

/** The parts of an action by which a person says what became of money. */
export function settles(subject: Subject, notAwaited: string): Pick<Action, 'refuse' | 'apply'> {
  return {
    refuse({ intents }, { transactionId }) {
      if (!intents.isAwaited(subject)) return notAwaited;
      if (transactionId === undefined) return 'transactionId is missing';
      // Whoever confirms the same again waits with the first.
      const said =
        intents.evidenceOf(subject)?.transactionId ?? intents.expected(subject) ?? transactionId;
      return said === transactionId ? undefined : `the ${subject} is ${said}, and no other`;
    },
    apply({ intents }, { by, transactionId = '', note }) {
      intents.toSettle(subject, { by, transactionId, note });
    },
  };
}
