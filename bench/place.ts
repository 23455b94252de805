import { randomUUID } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { firstOrderBody } from '../dev/launcher/first-order.ts';
import { lines } from './simulators.ts';

/** Places one order over HTTP, as a customer does, and answers its id when it is accepted. */
export type Place = () => Promise<string>;

const ANSWER_MS = 30_000;

const BODY = JSON.stringify({ ...firstOrderBody, items: lines, paymentToken: 'tok_bench' });

/** Connections are kept open. Plain node:http, which takes the least of the shared processor. */
export function createPlacer(apiUrl: string, token: string): Place {
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
        readId(answer).then(resolve, reject);
      });
      sent.end(BODY);
    });
  }

  return () => post(randomUUID());
}

async function readId(answer: IncomingMessage): Promise<string> {
  const body = await text(answer);
  if (answer.statusCode !== 201 && answer.statusCode !== 202) {
    throw new Error(`the API answered ${answer.statusCode}: ${body}`);
  }
  return (JSON.parse(body) as { orderId: string }).orderId;
}
