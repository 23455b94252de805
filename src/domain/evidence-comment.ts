/** The `transactionId` of confirmRefund when there was no money to give back. */
export const NO_REFUND = 'none';

/** What the order's history says when a person has vouched for a payment. */
export function paymentComment(transactionId: string, note?: string): string {
  return withNote(`payment ${transactionId} confirmed`, note);
}

/** The same, when a person has said that the money was given back. */
export function refundComment(transactionId: string, note?: string): string {
  return withNote(said(transactionId), note);
}

/** Whether this comment records a refund of this number. */
export function isRefundComment(comment: string, transactionId: string): boolean {
  const text = said(transactionId);
  return comment === text || comment.startsWith(`${text}: `);
}

function said(transactionId: string): string {
  return transactionId === NO_REFUND ? 'nothing to refund' : `refund ${transactionId} confirmed`;
}

function withNote(text: string, note: string | undefined): string {
  return note ? `${text}: ${note}` : text;
}
