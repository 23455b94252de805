/**
 * A call that ended without an answer to rely on. It is always repeated with the same key:
 * "transient" did nothing for sure, "unknown" may have had its effect, "unroutable" is a message
 * that nobody was there to take.
 * A definite "no" is a Refusal instead.
 */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';

  constructor(
    readonly service: string,
    readonly kind: 'transient' | 'unknown' | 'unroutable',
    /** What was seen, such as "answered 503"; never a host name or a body. */
    readonly reason: string,
    /** How long the service asked to be left alone. */
    readonly retryAfterMs?: number,
  ) {
    super(`${service} ${reason}`);
  }
}

/** A call that was not made, as a circuit breaker is open: it says nothing about this call. */
export class LeftAlone extends ServiceFailure {
  constructor(
    service: string,
    reason: string,
    /** When the breaker lets a call through again. Milliseconds. */
    againMs: number,
  ) {
    super(service, 'transient', `${reason}, and is left alone temporarily`, againMs);
  }
}
