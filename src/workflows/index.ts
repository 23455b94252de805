export { adoptedOrder } from './adopted-order.ts';
export { ordersDesk } from './desk.ts';
export { orderWorkflow } from './order/order-workflow.ts';
export { reconcileApproval } from './reconcile-approval.ts';
export { reconcileOrder } from './reconcile-order.ts';
export { reconcileOrders } from './reconciler.ts';
