import type { ProblemCode } from './problems.ts';

/**
 * A definite "no": repeating the call cannot change it. It is the only kind of failure that is
 * compensated straight away; transient failures and unknown outcomes are repeated instead.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: ProblemCode,
    message: string,
    /** What the caller may know about it, such as the lines that are out of stock. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
