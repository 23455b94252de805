/** The `transactionId` of confirmRefund when there was no money to give back. */
export const NO_REFUND = 'none';

/** What the order's history says when a person has said that the money was given back. */
export function refundComment(transactionId: string, note?: string): string {
  return `${said(transactionId)}${note ? `: ${note}` : ''}`;
}

/** Whether this comment records a refund of this number. */
export function isRefundComment(comment: string, transactionId: string): boolean {
  const text = said(transactionId);
  return comment === text || comment.startsWith(`${text}: `);
}

function said(transactionId: string): string {
  return transactionId === NO_REFUND ? 'nothing to refund' : `refund ${transactionId} confirmed`;
}
