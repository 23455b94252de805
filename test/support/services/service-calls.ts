import { createAuthService } from '../../../src/clients/auth.ts';
import { createInventoryService } from '../../../src/clients/inventory.ts';
import { createPaymentsService } from '../../../src/clients/payments.ts';
import { createProductsService } from '../../../src/clients/products.ts';

type ServiceName = 'auth' | 'products' | 'inventory' | 'payments';

export interface ServiceCall {
  name: string;
  service: ServiceName;
  /** Whether it changes something. */
  changes: boolean;
  run: (services: Services) => Promise<unknown>;
}

type Services = ReturnType<typeof openServices>;

/** Clients of all services, each at its own URL or all at one. */
export function openServices(urls: Record<ServiceName, string> | string, resetMs = 60_000) {
  const at = (service: ServiceName) => (typeof urls === 'string' ? urls : urls[service]);
  const services = {
    auth: createAuthService(at('auth'), resetMs),
    products: createProductsService(at('products'), resetMs),
    inventory: createInventoryService(at('inventory'), resetMs),
    payments: createPaymentsService(at('payments'), { chargeResetMs: resetMs, resetMs }),
  };
  const close = () => {
    for (const service of Object.values(services)) service.close();
  };
  return { ...services, close };
}

/** Every call that the orders service makes, for the order `o1`. */
export const serviceCalls: readonly ServiceCall[] = [
  call('find a user', 'auth', false, ({ auth }) => auth.findUser('ana')),
  call('find products', 'products', false, ({ products }) => products.findProducts(['P-1001'])),
  call('reserve', 'inventory', true, ({ inventory }) =>
    inventory.reserve('o1:reserve', [{ productId: 'P-1001', quantity: 1 }]),
  ),
  call('release', 'inventory', true, ({ inventory }) => inventory.release('o1:reserve')),
  call('look at a reservation', 'inventory', false, ({ inventory }) =>
    inventory.isHeld('o1:reserve'),
  ),
  call('charge', 'payments', true, ({ payments }) => payments.charge('o1:charge', charge)),
  call('void', 'payments', true, ({ payments }) => payments.void('o1:charge')),
  call('look at a payment', 'payments', false, ({ payments }) => payments.find('o1:charge')),
];

export const charge = {
  orderId: 'o1',
  amount: 5998,
  currency: 'EUR',
  paymentMethod: 'credit_card',
} as const;

function call(
  name: string,
  service: ServiceName,
  changes: boolean,
  run: ServiceCall['run'],
): ServiceCall {
  return { name, service, changes, run };
}
