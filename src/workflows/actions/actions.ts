import type { OperatorAction } from '../../contract/order.ts';
import type { Action } from './action.ts';
import { approve } from './approve.ts';
import { cancelOrder } from './cancel-order.ts';
import { changeAddress } from './change-address.ts';
import { confirmPayment } from './confirm-payment.ts';
import { confirmRefund } from './confirm-refund.ts';
import { markShipped } from './mark-shipped.ts';
import { payAgain } from './pay-again.ts';
import { retry } from './retry.ts';

/** In the order in which the Web UI lists them. */
export const actions: Readonly<Record<OperatorAction, Action>> = {
  retry,
  cancelOrder,
  confirmPayment,
  confirmRefund,
  approve,
  payAgain,
  changeAddress,
  markShipped,
};
