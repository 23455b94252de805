import { type PaymentMethod, paymentMethods } from '../../domain/order.ts';
import type { Action } from './action.ts';

/** Another attempt to pay, after one was declined. */
export const payAgain: Action = {
  description:
    'Try another payment after a decline. Input: {"paymentMethod": "credit_card", "paymentToken": "…"}',
  help: `**\`payAgain\`** tries another payment after a decline. Input needed: \`{"by": "you", "paymentMethod": "credit_card", "paymentToken": "the gateway's token"}\``,

  refuse({ intents }, { paymentMethod }) {
    if (!intents.awaitsMeans || intents.means !== undefined)
      return 'the order waits for no other payment';
    if (isMethod(paymentMethod)) return undefined;
    return `paymentMethod must be one of ${paymentMethods.join(', ')}`;
  },

  apply({ intents }, { paymentMethod, paymentToken }) {
    if (isMethod(paymentMethod)) intents.toPayAgain({ paymentMethod, paymentToken });
  },

  // Paid, or about to be by a bank transfer, or declined once more.
  isDone: ({ order, intents }) =>
    order.status === 'PAGADO' ||
    order.paymentStatus === 'pending' ||
    (intents.awaitsMeans && intents.means === undefined),
};

function isMethod(word: string | undefined): word is PaymentMethod {
  return paymentMethods.some((method) => method === word);
}
