import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

export interface ApiRequest {
  method: 'POST' | 'PATCH';
  path: string;
  token: string;
  body?: object;
  headers?: Record<string, string>;
}

export interface ApiAnswer {
  status: number;
  body: string;
  /** How often the API was busy (503) before, and the same request was sent again. */
  retries: number;
}

export type Send = (request: ApiRequest) => Promise<ApiAnswer>;

const ANSWER_MS = 40_000;
const MOST_RETRIES = 20;

/**
 * Sends requests as a client of the API should: connections are kept open, and a 503 is repeated,
 * with the same key, after the time it names. Plain node:http, which takes the least of the shared
 * processor.
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
      if (status !== 503 || retries === MOST_RETRIES) return { status, body, retries };
      await delay(Number(answer.headers['retry-after'] ?? 1) * 1_000);
    }
  };
}

/** @throws when the answer has none of the statuses */
export function expectStatus({ status, body }: ApiAnswer, expected: readonly number[]): void {
  if (!expected.includes(status)) throw new Error(`the API answered ${status}: ${body}`);
}
