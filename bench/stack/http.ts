import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

export interface ApiRequest {
  method: 'POST' | 'PATCH';
  path: string;
  token: string;
  body?: object;
  headers?: Record<string, string>;
  /** The statuses that mean it went as it should. */
  expected: readonly number[];
}

interface ApiAnswer {
  status: number;
  body: string;
  /** How often the API named a time for a retry (503, 409), and the same request was sent again. */
  retries: number;
}

export type Send = (request: ApiRequest) => Promise<ApiAnswer>;

const ANSWER_MS = 40_000;
const MOST_RETRIES = 20;

/**
 * Sends requests as a client of the API should: connections are kept open, and what is not answered as
 * expected, but with Retry-After, is repeated with the same key after that time. Plain node:http, which
 * takes the least of the shared processor. Throws for every other answer.
 */
export function createSender(apiUrl: string): Send {
  const agent = new Agent({ keepAlive: true });

  function once(apiRequest: ApiRequest): Promise<IncomingMessage> {
    const { method, path, token, body, headers } = apiRequest;
    const content = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(`${apiUrl}${path}`, {
        method,
        agent,
        timeout: ANSWER_MS,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(content !== undefined && {
            'Content-Type': 'application/json',
            'Content-Length': Buffer.byteLength(content),
          }),
          ...headers,
        },
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed the idle connection at this moment.
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(once(apiRequest));
        else reject(error);
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)));
      sent.on('response', resolve);
      sent.end(content);
    });
  }

  return async (apiRequest) => {
    for (let retries = 0; ; retries++) {
      const answer = await once(apiRequest);
      const body = await text(answer);
      const status = answer.statusCode ?? 0;
      if (apiRequest.expected.includes(status)) return { status, body, retries };
      const seconds = Number(answer.headers['retry-after']);
      if (!seconds || retries === MOST_RETRIES)
        throw new Error(`the API answered ${status}: ${body}`);
      await delay(seconds * 1_000);
    }
  };
}
