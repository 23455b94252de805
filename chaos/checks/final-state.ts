import type { mongo } from 'mongoose';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import type { Operation } from '../operation-log.ts';
import type { ChaosStack, Service } from '../stack/stack.ts';

/** What is known of a run from outside the service, when it has come to its end. */
export interface FinalState {
  operations: readonly Operation[];
  orders: Map<string, OrderRow>;
  history: Map<string, HistoryFact[]>;
  payments: Map<string, PaymentRow[]>;
  money: Map<string, LedgerEntry[]>;
  stock: Map<string, LedgerEntry[]>;
  levels: { productId: string; available: number; held: number }[];
  events: Map<string, EventRow[]>;
  /** How each order's workflow ended; `RUNNING` when it did not. */
  workflows: Map<string, string>;
}

export interface OrderRow {
  orderId: string;
  userId: string;
  status: OrderStatus;
  version: number;
  /** Decimal text in major units. */
  totalAmount: string;
  currency: string;
  /** What was given back after the sale, one after the other. Decimal text. */
  refunds: string[];
  idempotencyKey?: string;
}

export interface HistoryFact {
  version: number;
  status: OrderStatus;
  at: string;
  comment: string;
}

export interface PaymentRow {
  paymentStatus: string;
  amount: string;
}

export interface LedgerEntry {
  type: string;
  /** Of a refund: `void` undoes the charge, `request` gives a part back. */
  cause?: string;
  status?: string;
  amount?: string;
  currency?: string;
  items?: { productId: string; quantity: number }[];
}

export interface EventRow {
  id: string;
  type: string;
  sequence: string;
  time: string;
  body: string;
  /** What it says that the order costs. Major units. */
  amount?: number | undefined;
}

type Document = mongo.BSON.Document;
type Published = Pick<EventRow, 'id' | 'type' | 'sequence' | 'time'> & {
  data: { totalAmount?: number; amount?: number };
};

/** Reads MongoDB, the ledgers of the downstream services, the run's own queue, and Temporal. */
export async function collect(
  stack: ChaosStack,
  operations: readonly Operation[],
): Promise<FinalState> {
  const all = (name: string) => stack.database.collection(name).find().sort({ _id: 1 }).toArray();
  const [orders, history, payments, money, stock, state, bodies] = await Promise.all([
    all('orders'),
    all('orderstatushistory'),
    all('payments'),
    ledger(stack, 'payments'),
    ledger(stack, 'inventory'),
    fetchJson<{ stock: FinalState['levels'] }>(`${stack.serviceUrls.inventory}/admin/state`),
    stack.events.drain(),
  ]);
  const workflows = new Map<string, string>();
  for await (const { workflowId, status } of stack.temporal.workflow.list({
    query: "WorkflowType = 'orderWorkflow'",
  })) {
    workflows.set(workflowId.replace(/^order-/, ''), status.name);
  }
  return {
    operations,
    orders: new Map(orders.map((row) => [`${row.uuid}`, orderRow(row)])),
    history: grouped(history, (row) => [`${row.orderId}`, historyRow(row)]),
    payments: grouped(payments, (row) => [`${row.orderId}`, paymentRow(row)]),
    money,
    stock,
    levels: state.stock,
    events: grouped(bodies as (Published & { subject: string })[], (event) => [
      event.subject,
      eventRow(event),
    ]),
    workflows,
  };
}

export function orderRow(row: Document): OrderRow {
  return {
    orderId: `${row.uuid}`,
    userId: `${row.userId}`,
    status: row.status,
    version: row.version,
    totalAmount: `${row.totalAmount}`,
    currency: `${row.currency}`,
    refunds: (row.refunds ?? []).map(({ amount }: Document) => `${amount}`),
    idempotencyKey: row.idempotencyKey,
  };
}

export function historyRow({ version, status, createdAt, comment }: Document): HistoryFact {
  return { version, status, at: (createdAt as Date).toISOString(), comment: `${comment}` };
}

export function paymentRow({ paymentStatus, amount }: Document): PaymentRow {
  return { paymentStatus: `${paymentStatus}`, amount: `${amount}` };
}

export function eventRow(event: Published): EventRow {
  const { id, type, sequence, time, data } = event;
  const amount = data.totalAmount ?? data.amount;
  return { id, type, sequence, time, amount, body: JSON.stringify(event) };
}

async function ledger({ serviceUrls }: ChaosStack, service: Service) {
  const url = `${serviceUrls[service]}/admin/ledger`;
  const { entries } = await fetchJson<{ entries: (LedgerEntry & { orderId?: string })[] }>(url);
  return grouped(entries, (entry) => [entry.orderId ?? '', entry]);
}

async function fetchJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return (await response.json()) as T;
}

function grouped<Row, Value>(
  rows: readonly Row[],
  entry: (row: Row) => [string, Value],
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    const [key, value] = entry(row);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return groups;
}
