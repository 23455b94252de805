/** The `transactionId` of confirmRefund when there was no money to give back. */
export const NO_REFUND = 'none';

/** What the order's history says when a person has vouched for a payment. */
export function paymentComment(transactionId: string): string {
  return `payment ${transactionId} confirmed`;
}

/** The same, when a person has said that the money was given back. */
export function refundComment(transactionId: string): string {
  return transactionId === NO_REFUND ? 'nothing to refund' : `refund ${transactionId} confirmed`;
}
