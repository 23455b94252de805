/**
 * Every reason for which the service says no, with its HTTP status and its title.
 * The codes are stable: clients may rely on them (RFC 9457 `code`).
 */
export const problems = {
  validation_failed: { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'A valid bearer token is required' },
  forbidden: { status: 403, title: 'This needs the role admin' },
  user_not_allowed: { status: 403, title: 'The user may not place orders' },
  not_found: { status: 404, title: 'Not found' },
  illegal_transition: { status: 409, title: 'The order is not in a state that allows this' },
  insufficient_stock: { status: 409, title: 'Not enough stock' },
  price_changed: { status: 409, title: 'The price is not the expected one' },
  request_in_progress: { status: 409, title: 'The first request with this key is still in flight' },
  order_cancelled: { status: 409, title: 'The order was cancelled meanwhile' },
  precondition_failed: { status: 412, title: 'The order is not in the expected version' },
  payload_too_large: { status: 413, title: 'The body is larger than 64 KiB' },
  unsupported_media_type: { status: 415, title: 'The body has to be JSON' },
  card_number_not_accepted: { status: 422, title: 'Send a payment token, never a card number' },
  country_not_supported: { status: 422, title: 'Orders are not sent to this country' },
  currency_not_supported: { status: 422, title: 'The currency is mixed or not supported' },
  idempotency_key_reused: { status: 422, title: 'The key was used with another body' },
  payment_expired: { status: 422, title: 'The bank transfer did not come in time' },
  payment_declined: { status: 422, title: 'The payment was declined' },
  product_unavailable: { status: 422, title: 'Products are unknown or not for sale' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  inventory_unavailable: { status: 503, title: 'Stock cannot be reserved for a moment' },
  service_unavailable: { status: 503, title: 'The service is unavailable for a moment' },
} as const;

export type ProblemCode = keyof typeof problems;

export function isProblemCode(value: unknown): value is ProblemCode {
  return typeof value === 'string' && Object.hasOwn(problems, value);
}
