// Places an order and follows it until it is PAGADO; the exit code is 0 only then.
import { setTimeout as delay } from 'node:timers/promises';
import { SignJWT } from 'jose';

const { API_URL, PUBLIC_API_URL, PUBLIC_WEB_UI_URL } = process.env;
const { JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE } = process.env;
const BOUND_MS = 60_000;

const address = {
  street: 'Calle Mayor 1',
  city: 'Madrid',
  state: 'Madrid',
  postalCode: '28013',
  country: 'ES',
};
const body = JSON.stringify({
  items: [
    { productId: 'P-1001', quantity: 2 },
    { productId: 'P-1002', quantity: 1 },
  ],
  shippingAddress: address,
  paymentMethod: 'credit_card',
});

const user = await signToken('ana', 'user');
const admin = await signToken('admin', 'admin');

const began = Date.now();
const placed = await ask('/api/orders', { method: 'POST', body });
tell(`placed, the answer is ${placed.status}`);
if (!placed.ok) throw new Error(await placed.text());
const { orderId } = await placed.json();

let status;
while (status !== 'PAGADO' && status !== 'CANCELADO' && Date.now() - began < BOUND_MS) {
  const read = await ask(`/api/orders/${orderId}`);
  // Accepted with 202, it may take another moment until it can be read.
  const order = read.ok ? await read.json() : { status };
  if (order.status !== status) tell(`${order.orderNumber} is ${order.status}`);
  status = order.status;
  await delay(50);
}

const order = `${PUBLIC_API_URL}/api/orders/${orderId}`;
const json = "-H 'Content-Type: application/json'";
print(`
Web UI       ${PUBLIC_WEB_UI_URL}/namespaces/default/workflows/order-${orderId}
API          ${PUBLIC_API_URL}/docs
User token   ${user}
Admin token  ${admin}

Place an order, look at the first one, mark it shipped:

curl -sS -X POST ${PUBLIC_API_URL}/api/orders -H 'Authorization: Bearer ${user}' ${json} -d '${body}'
curl -sS ${order} -H 'Authorization: Bearer ${user}'
curl -sS -X PATCH ${order}/status -H 'Authorization: Bearer ${admin}' ${json} -d '{"status":"ENVIADO","carrier":"Correos"}'
`);
process.exitCode = status === 'PAGADO' ? 0 : 1;

function ask(path, init) {
  const headers = { Authorization: `Bearer ${user}`, 'Content-Type': 'application/json' };
  return fetch(`${API_URL}${path}`, { ...init, headers, signal: AbortSignal.timeout(30_000) });
}

function signToken(subject, role) {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuer(JWT_ISSUER)
    .setAudience(JWT_AUDIENCE)
    .setIssuedAt()
    .setExpirationTime('7d')
    .sign(new TextEncoder().encode(JWT_SECRET));
}

function tell(text) {
  print(`${String(Date.now() - began).padStart(6)} ms  ${text}`);
}

function print(text) {
  process.stdout.write(`${text}\n`);
}
