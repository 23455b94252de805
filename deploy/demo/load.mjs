// Places orders until it is told to stop (SIGTERM), or COUNT of them, as a careful client does; then
// waits until all are PAGADO. The exit code is 0 only if every order that was accepted is.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SignJWT } from 'jose';

const { API_URL, JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE, COUNT = '1000000' } = process.env;
const PAUSE_MS = 250;
const PAID_MS = 180_000;

const token = await new SignJWT({ role: 'user' })
  .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
  .setSubject('ana')
  .setIssuer(JWT_ISSUER)
  .setAudience(JWT_AUDIENCE)
  .setExpirationTime('1d')
  .sign(new TextEncoder().encode(JWT_SECRET));

const address = { street: 'Calle Mayor 1', city: 'Madrid', state: 'Madrid', postalCode: '28013' };
const body = JSON.stringify({
  items: [{ productId: 'P-1001', quantity: 1 }],
  shippingAddress: { ...address, country: 'ES' },
  paymentMethod: 'credit_card',
});

let isStopped = false;
process.once('SIGTERM', () => {
  isStopped = true;
});

const accepted = [];
const placing = [];
let repeats = 0;
while (!isStopped && placing.length < Number(COUNT)) {
  placing.push(place(randomUUID()));
  await delay(PAUSE_MS);
}
await Promise.all(placing);

const end = Date.now() + PAID_MS;
const unpaid = new Set(accepted);
while (unpaid.size > 0 && Date.now() < end) {
  for (const orderId of unpaid) {
    const read = await ask(`/api/orders/${orderId}`);
    const { status } = read?.ok ? await read.json() : {};
    if (status === 'PAGADO') unpaid.delete(orderId);
  }
  await delay(500);
}
process.stdout.write(
  `${accepted.length} orders accepted after ${repeats} repeats, ${accepted.length - unpaid.size} are PAGADO\n`,
);
process.exitCode = unpaid.size === 0 && accepted.length > 0 ? 0 : 1;

/** The same request with the same key, until it is answered. */
async function place(key) {
  for (;;) {
    const answer = await ask('/api/orders', { method: 'POST', body }, { 'Idempotency-Key': key });
    if (answer?.status === 201 || answer?.status === 202) {
      accepted.push((await answer.json()).orderId);
      return;
    }
    repeats += 1;
    await delay(1_000);
  }
}

/** Undefined when there is no answer. */
function ask(path, init = {}, headers = {}) {
  return fetch(`${API_URL}${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    signal: AbortSignal.timeout(15_000),
  }).catch(() => undefined);
}
