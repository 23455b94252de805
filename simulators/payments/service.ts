import { parseBody } from '../shared/parse.ts';
import { createService } from '../shared/service.ts';
import type { Simulator, SimulatorContext } from '../shared/simulator.ts';
import { Gateway } from './gateway.ts';
import { presentPayment } from './payment.ts';
import { charge, getByKey, lookUp, moneyReceived, refundByKey, voidByKey } from './routes.ts';
import { totals } from './totals.ts';

export function createPayments({ dataDir, seed }: SimulatorContext): Simulator {
  const gateway = new Gateway(dataDir);
  const app = createService({
    name: 'payments',
    description: 'Charges, voids and refunds by idempotency key.',
    seed,
    ledger: gateway.ledger,
    state: (orderId) => {
      const payments = gateway.list(orderId);
      return { totals: totals(payments), payments: payments.map(presentPayment) };
    },
    declines: ['POST /api/payments'],
  });

  app.openapi(charge, (c) => {
    const { 'Idempotency-Key': key } = c.req.valid('header');
    const { payment, created } = gateway.charge(key, c.req.valid('json'), c.get('decline'));
    return c.json(presentPayment(payment), created ? 201 : 200);
  });

  app.openapi(getByKey, (c) => {
    return c.json(presentPayment(gateway.get(c.req.valid('param').key)), 200);
  });

  app.openapi(lookUp, (c) => {
    const found = gateway.find(c.req.valid('json').keys);
    return c.json({ payments: found.map(presentPayment) }, 200);
  });

  app.openapi(voidByKey, (c) => {
    return c.json(presentPayment(gateway.void(c.req.valid('param').key)), 200);
  });

  app.openapi(refundByKey, (c) => {
    const { key } = c.req.valid('param');
    const { 'Idempotency-Key': refundKey } = c.req.valid('header');
    const { amount } = c.req.valid('json');
    const { payment, refund, created } = gateway.refund(key, refundKey, amount);
    return c.json({ ...refund, payment: presentPayment(payment) }, created ? 201 : 200);
  });

  app.post('/admin/payments/:key/confirm', async (c) => {
    const money = await parseBody(c, moneyReceived);
    return c.json(presentPayment(gateway.confirm(c.req.param('key'), money)));
  });

  app.post('/admin/payments/:key/expire', (c) => {
    return c.json(presentPayment(gateway.expire(c.req.param('key'))));
  });

  app.post('/admin/payments/:key/receive', async (c) => {
    const money = await parseBody(c, moneyReceived);
    return c.json(presentPayment(gateway.receive(c.req.param('key'), money)));
  });

  return { app, close: () => gateway.ledger.close() };
}
