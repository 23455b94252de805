/** What the API refuses with; stable. */
export type ProblemCode =
  | 'amount_not_valid'
  | 'cache_not_shared'
  | 'card_number_not_accepted'
  | 'country_is_fixed'
  | 'country_not_supported'
  | 'currency_not_supported'
  | 'forbidden'
  | 'headers_too_large'
  | 'idempotency_key_reused'
  | 'illegal_transition'
  | 'insufficient_stock'
  | 'internal_error'
  | 'inventory_unavailable'
  | 'method_not_allowed'
  | 'not_found'
  | 'not_storable'
  | 'nothing_to_pay'
  | 'order_cancelled'
  | 'orders_open'
  | 'payload_too_large'
  | 'payment_declined'
  | 'payment_expired'
  | 'review_expired'
  | 'precondition_failed'
  | 'price_changed'
  | 'product_unavailable'
  | 'rate_limited'
  | 'refund_exceeds_order'
  | 'request_in_progress'
  | 'service_unavailable'
  | 'too_many_declines'
  | 'too_many_open_orders'
  | 'unauthorized'
  | 'unsupported_media_type'
  | 'user_not_allowed'
  | 'validation_failed'
  | 'withdrawal_expired';

/** What to look at in a request that is not valid. */
export interface Fault {
  detail: string;
  /** In the body (RFC 6901). */
  pointer?: string;
  parameter?: string;
  header?: string;
}

/** A problem document (RFC 9457), with what a code has beside. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail?: string;
  errors?: Fault[];
  requestId: string;
  [extension: string]: unknown;
}

/** The API says no. */
export class OrdersProblem extends Error {
  override readonly name = 'OrdersProblem';
  readonly code: ProblemCode;
  readonly status: number;

  constructor(
    readonly document: ProblemDocument,
    /** Repeat the placement with it; undefined for other requests. */
    readonly idempotencyKey?: string,
  ) {
    super(document.detail ?? document.title);
    this.code = document.code;
    this.status = document.status;
  }
}

/** No answer, or one that is not the API's: whether the request was done is not known. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';

  constructor(
    cause: unknown,
    /** Repeat the placement with it; undefined for other requests. */
    readonly idempotencyKey?: string,
  ) {
    super('The API gave no answer', { cause });
  }
}
