import { isSameAddress, readAddress } from '../../domain/address.ts';
import type { Action, ActionContext } from './action.ts';
import type { ActionRequest } from './action-input.ts';

/** Where the parcel goes is corrected until it has left; its country is what the price is made for. */
export const changeAddress: Action = {
  description:
    'Correct where the parcel goes. Input: {"by": "you", "note": "why", "shippingAddress": {"street": "…", "city": "…", "state": "…", "postalCode": "…", "country": "ES"}}',
  help: `**\`changeAddress\`** corrects where the parcel goes, within its country. Input needed: \`{"by": "you", "note": "why", "shippingAddress": {"street": "…", "city": "…", "state": "…", "postalCode": "…", "country": "ES"}}\``,

  refuse(context, request) {
    const { order, intents } = context;
    if (order.status === 'ENVIADO' || intents.ship !== undefined) return 'the order is shipped';
    if (intents.isCancelling || order.status === 'CANCELADO') return 'the order is cancelled';
    if (order.version === 0) return 'the order is not placed yet';
    wanted(context, request);
    return undefined;
  },

  apply(context, request) {
    const { by, note } = request;
    void context.order.changeAddress(wanted(context, request), { by, note });
  },

  isDone: (context, request) =>
    isSameAddress(context.order.shippingAddress, wanted(context, request)),
};

function wanted({ order }: ActionContext, { shippingAddress }: ActionRequest) {
  return readAddress(shippingAddress, order.shippingAddress.country);
}
