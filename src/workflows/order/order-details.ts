import type { OrderInput } from '../../contract/order.ts';
import { code, plain } from '../../domain/markdown.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import { toMajor } from '../../domain/pricing/money.ts';
import type { PaymentRecord, SoldLines } from '../../domain/records.ts';

/** What has happened to an order; `at` in ISO 8601. */
export interface Happening {
  at: string;
  what: string;
  /** Of what a person did, while the order's status stayed. */
  by?: string;
}

/** An order as its workflow knows it. */
interface KnownOrder {
  readonly input: OrderInput;
  readonly orderNumber: string;
  readonly status: OrderStatus;
  /** 0 while it is not recorded. */
  readonly version: number;
  readonly soldSoFar: SoldLines | undefined;
  readonly payment: PaymentRecord | undefined;
  /** Oldest first. */
  readonly happened: readonly Happening[];
}

/** Of a long history the last are shown. */
const MAX_SHOWN = 10;

/** The current details of an order, as Markdown for the Web UI. */
export function describeOrder(order: KnownOrder, isCancelling: boolean): string {
  const { input, orderNumber, status, version, soldSoFar: sold, happened } = order;
  const amount = sold && `, ${toMajor(sold.totalAmount, sold.currency)} ${sold.currency}`;
  const since = happened.findLast(({ by }) => by === undefined)?.at;
  return [
    `# ${orderNumber}${amount ?? ''}: ${version > 0 ? status : 'not recorded yet'}`,
    `${waitsFor(order, isCancelling)}${since === undefined ? '' : ` Since ${time(since)} UTC.`}`,
    [`- customer ${code(input.userId)}`, `- payment by ${paymentOf(order)}`].join('\n'),
    ...(happened.length > 0 ? ['## What was done', list(happened)] : []),
  ].join('\n\n');
}

function waitsFor({ status, version, input, payment }: KnownOrder, isCancelling: boolean): string {
  if (status === 'ENVIADO') return '**The parcel has left.** Nothing is left to do.';
  if (status === 'CANCELADO') return '**The order is cancelled.**';
  if (isCancelling) return '**The order is being cancelled:** refund, release of the stock.';
  if (version === 0) return '**The order is being placed:** prices, record, stock.';
  if (status === 'PAGADO') {
    return '**Waits for the parcel to leave.** `markShipped` says that it has; `cancelOrder` refunds the order.';
  }
  if (payment?.paymentStatus === 'failed') {
    return '**The payment was declined.** The customer may pay with something else: `payAgain`.';
  }
  return (payment ?? input).paymentMethod === 'bank_transfer'
    ? '**Waits for the bank transfer.** `confirmPayment` says that it has come.'
    : '**Waits for the payment.**';
}

function paymentOf({ input, payment }: KnownOrder): string {
  const method = (payment ?? input).paymentMethod.replaceAll('_', ' ');
  if (payment === undefined) return `${method}: nothing is known yet`;
  const { paymentStatus, transactionId } = payment;
  const transaction = transactionId === undefined ? '' : `, transaction ${code(transactionId)}`;
  return `${method}: ${paymentStatus.replaceAll('_', ' ')}${transaction}`;
}

function list(happened: readonly Happening[]): string {
  const left = happened.length - MAX_SHOWN;
  return [
    ...(left > 0 ? [`- … ${left} earlier`] : []),
    ...happened
      .slice(-MAX_SHOWN)
      .map(({ at, what, by }) => `- ${time(at)} ${plain(what)}${by ? `, by ${plain(by)}` : ''}`),
  ].join('\n');
}

function time(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
