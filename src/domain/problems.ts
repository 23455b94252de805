/**
 * Every reason for which the service says no, with its HTTP status, its title, and what a client
 * can do about it. The codes are stable: clients may rely on them (RFC 9457 `code`).
 */
export const problems = {
  validation_failed: {
    status: 400,
    title: 'The request is not valid',
    help: 'Correct what `errors` points to. The same request will be refused again.',
  },
  unauthorized: {
    status: 401,
    title: 'A valid bearer token is required',
    help: 'Get a new token: this one is missing, expired, or not meant for this API.',
  },
  forbidden: {
    status: 403,
    title: 'This needs the role admin',
    help: 'Use the token of an admin.',
  },
  user_not_allowed: {
    status: 403,
    title: 'The user may not place orders',
    help: 'The user is unknown or inactive; nothing was written.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    help: "No such resource, or it is another user's.",
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not one of this resource',
    help: 'Use a method that the header `Allow` names.',
  },
  illegal_transition: {
    status: 409,
    title: 'The order is not in a state that allows this',
    help: 'Look at the order: it was paid, shipped or cancelled already, or is about to be.',
  },
  refund_exceeds_order: {
    status: 409,
    title: 'So much of the order is not left to refund',
    help: 'Ask for what `left` says at most, and for no more units than were bought and not returned.',
  },
  withdrawal_expired: {
    status: 409,
    title: 'The time to withdraw from the order is over',
    help: 'Ask the shop: it may still take the goods back.',
  },
  orders_open: {
    status: 409,
    title: 'The user has orders that are not at their end',
    help: 'Ship or cancel the orders in `openOrders`, settle their payments, and ask again.',
  },
  insufficient_stock: {
    status: 409,
    title: 'Not enough stock',
    help: 'Order what `lines` says is available. Nothing is held; the order is cancelled.',
  },
  price_changed: {
    status: 409,
    title: 'The price is not the expected one',
    help: 'Show the customer the new `lines`, and place the order with the new total.',
  },
  request_in_progress: {
    status: 409,
    title: 'The first request with this key is still in flight',
    help: 'Repeat the request, with the same key, after `Retry-After` seconds.',
  },
  order_cancelled: {
    status: 409,
    title: 'The order was cancelled meanwhile',
    help: 'Place a new order if it is still wanted.',
  },
  cache_not_shared: {
    status: 409,
    title: 'There is no cache to drop from',
    help: 'Without Redis each worker keeps copies of its own, which live 300 seconds: wait, or restart the workers.',
  },
  precondition_failed: {
    status: 412,
    title: 'The order is not the one that `If-Match` names',
    help: 'Get the order again, and decide with its new ETag.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is larger than 64 KiB',
    help: 'Send less.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has to be JSON',
    help: 'Send JSON, with `Content-Type: application/json`.',
  },
  card_number_not_accepted: {
    status: 422,
    title: 'Send a payment token, never a card number',
    help: "Exchange the card for a token at the payment gateway, on the customer's device.",
  },
  country_not_supported: {
    status: 422,
    title: 'Orders are not sent to this country',
    help: 'Choose another shipping address.',
  },
  country_is_fixed: {
    status: 422,
    title: 'The country of an order does not change',
    help: 'Name an address in the same country, or cancel the order and place a new one.',
  },
  currency_not_supported: {
    status: 422,
    title: 'The currency is mixed or not supported',
    help: 'Order products of one currency at a time, in a currency of ISO 4217.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The key was used with another body',
    help: 'Use a new key for a new order, and the same body for a repeated one.',
  },
  amount_not_valid: {
    status: 422,
    title: "It is no amount of the order's currency",
    help: "Send an amount with at most the currency's decimals: 5.00 EUR, 500 JPY.",
  },
  nothing_to_pay: {
    status: 422,
    title: 'The order costs nothing',
    help: 'Only orders with a price are taken: there has to be something to charge.',
  },
  not_storable: {
    status: 422,
    title: 'The order cannot be stored',
    help: 'The database refuses it for what it contains; the same request is refused again. Nothing was kept or charged.',
  },
  payment_expired: {
    status: 422,
    title: 'The bank transfer did not come in time',
    help: 'The order is cancelled; place a new one.',
  },
  review_expired: {
    status: 422,
    title: 'The order was not approved in time',
    help: 'The shop looks at such orders before it charges them, and did not get to it. The order is cancelled; place a new one.',
  },
  payment_declined: {
    status: 422,
    title: 'The payment was declined',
    help: 'The order is cancelled; place a new one with another means of payment.',
  },
  product_unavailable: {
    status: 422,
    title: 'Products are unknown or not for sale',
    help: 'Leave out the products that `lines` names.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    help: 'Retry after `Retry-After` seconds; `RateLimit` says what is left.',
  },
  too_many_open_orders: {
    status: 429,
    title: 'Too many orders wait for their payment',
    help: 'Pay or cancel some of them. Repeats of earlier requests are answered all the same.',
  },
  too_many_declines: {
    status: 429,
    title: 'Too many payments were declined',
    help: 'Retry after `Retry-After` seconds, with a payment method that works.',
  },
  headers_too_large: {
    status: 431,
    title: 'The request line and headers are larger than 16 KiB together',
    help: 'Send fewer or shorter headers.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong on our side',
    help: 'Repeat the request; if it fails again, report its `requestId`.',
  },
  inventory_unavailable: {
    status: 503,
    title: 'Stock is temporarily not reserved',
    help: 'The order is cancelled; place a new one after a moment.',
  },
  service_unavailable: {
    status: 503,
    title: 'The service is temporarily unavailable',
    help: 'Repeat the request, with the same key, after `Retry-After` seconds.',
  },
} as const;

export type ProblemCode = keyof typeof problems;

export function isProblemCode(value: unknown): value is ProblemCode {
  return typeof value === 'string' && Object.hasOwn(problems, value);
}
