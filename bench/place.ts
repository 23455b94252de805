import { randomUUID } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { firstOrderBody } from '../dev/launcher/first-order.ts';
import { orderIdFor } from '../src/api/order-id.ts';
import { lines } from './simulators.ts';

/** Places one order over HTTP, as a customer does, and answers its id when it is accepted. */
export type Place = () => Promise<string>;

const ANSWER_MS = 30_000;

const BODY = JSON.stringify({ ...firstOrderBody, items: lines, paymentToken: 'tok_bench' });

interface Customer {
  user: string;
  token: string;
  /** The statuses that mean it went well. */
  accepted: readonly number[];
}

/** Connections are kept open. Plain node:http, which takes the least of the shared processor. */
export function createPlacer(apiUrl: string, { user, token, accepted }: Customer): Place {
  const agent = new Agent({ keepAlive: true });
  const headers = {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(BODY),
  };

  function post(key: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request(`${apiUrl}/api/orders`, {
        method: 'POST',
        agent,
        timeout: ANSWER_MS,
        headers: { ...headers, 'Idempotency-Key': key },
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed the idle connection at this moment: the same order once more.
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(post(key));
        else reject(error);
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)));
      sent.on('response', (answer) => {
        assertAccepted(answer, accepted).then(() => resolve(orderIdFor(user, key)), reject);
      });
      sent.end(BODY);
    });
  }

  return () => post(randomUUID());
}

async function assertAccepted(answer: IncomingMessage, accepted: readonly number[]): Promise<void> {
  const body = await text(answer);
  if (!accepted.includes(answer.statusCode ?? 0)) {
    throw new Error(`the API answered ${answer.statusCode}: ${body}`);
  }
}
