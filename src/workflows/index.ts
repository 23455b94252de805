export { erasePersonalData } from './erasure/erasure-workflow.ts';
export { importedOrder } from './imported-order/imported-order-workflow.ts';
export { orderWorkflow } from './order/order-workflow.ts';
export { reconcileApproval } from './reconciler/approval-workflow.ts';
export { reconcileOrder } from './reconciler/case-workflow.ts';
export { reconcileOrders } from './reconciler/reconciler-workflow.ts';
export { stuckOrders } from './stuck-orders/stuck-orders-workflow.ts';
export { versionProbe } from './version-probe/version-probe-workflow.ts';
