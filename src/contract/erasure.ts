/** Forgetting a customer: one workflow for each, which asks for nothing twice. */

export const ERASURE_WORKFLOW = 'erasePersonalData';

export interface ErasureInput {
  userId: string;
  /** The admin who asked for it. */
  by: string;
}

/** What was done; `erasedAt` in ISO 8601. */
export interface Erased {
  userId: string;
  by: string;
  erasedAt: string;
  /** Orders whose personal data is gone, and the keys of their payloads that were deleted now. */
  orders: number;
  dataKeys: number;
}

/** Nothing was done: these orders are not at their end, some of them at most. */
interface NotErased {
  openOrders: string[];
}

export type ErasureOutcome = Erased | NotErased;
