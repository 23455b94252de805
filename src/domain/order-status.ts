/** The life of an order. The Spanish names are part of the data model. */
export const orderStatuses = ['CREADO', 'PAGADO', 'ENVIADO', 'CANCELADO'] as const;

export type OrderStatus = (typeof orderStatuses)[number];

const transitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  CREADO: ['PAGADO', 'CANCELADO'],
  PAGADO: ['ENVIADO', 'CANCELADO'],
  ENVIADO: [],
  CANCELADO: [],
};

/** The one table of legal transitions: whatever is not in it is rejected everywhere. */
export function canTransition(from: OrderStatus, to: OrderStatus): boolean {
  return transitions[from].includes(to);
}

/** Whether an order stays in this status for ever. */
export function isFinal(status: OrderStatus): boolean {
  return transitions[status].length === 0;
}
