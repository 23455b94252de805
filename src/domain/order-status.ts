/** The life of an order. The Spanish names are part of the data model. */
export const orderStatuses = ['CREADO', 'PAGADO', 'ENVIADO', 'CANCELADO'] as const;

export type OrderStatus = (typeof orderStatuses)[number];

const transitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  CREADO: ['PAGADO', 'CANCELADO'],
  PAGADO: ['ENVIADO', 'CANCELADO'],
  ENVIADO: [],
  CANCELADO: [],
};

/** A move that the table of transitions does not have. */
export class IllegalTransition extends Error {
  override readonly name = 'IllegalTransition';

  constructor(from: OrderStatus, to: OrderStatus) {
    super(`the order is ${from}, and cannot become ${to}`);
  }
}

export function canTransition(from: OrderStatus, to: OrderStatus): boolean {
  return transitions[from].includes(to);
}

/**
 * Throws IllegalTransition. The order's workflow asks before it moves on, since another run may have
 * brought the order to another end, and the store asks before it writes.
 */
export function assertTransition(from: OrderStatus, to: OrderStatus): void {
  if (!canTransition(from, to)) throw new IllegalTransition(from, to);
}

/** Whether an order stays in this status for ever. */
export function isFinal(status: OrderStatus): boolean {
  return transitions[status].length === 0;
}
