/** One place where a promise was broken. */
export interface Violation {
  /** I1 to I10, as docs/reliability.md has them. */
  invariant: string;
  orderId: string;
  what: string;
}

export type Break = (invariant: string, orderId: string, what: string) => void;
