import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  fillIn,
  type HttpRequest,
  type HttpResponse,
  parseHttpFile,
} from '../support/api/http-file.ts';
import { token } from '../support/api/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { untilWaiting } from '../support/operators/paused-steps.ts';
import { type Stack, startStack } from '../support/stack.ts';

const requests = parseHttpFile(readFileSync(new URL('../../orders.http', import.meta.url), 'utf8'));

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.stop());

describe('orders.http', () => {
  const variables = new Map<string, string>();
  const responses = new Map<string, HttpResponse>();
  const sent: { method: string; path: string }[] = [];

  it('works from top to bottom: each answer is a success, or the refusal it announces', async () => {
    for (const request of requests) {
      const { status, text } = await send(request);
      const isAsSaid = status < 400 || request.announced.includes(status);
      if (!isAsSaid) throw new Error(`${request.title}: ${status} ${text}`);
    }
    const expected = ['ENVIADO', 'CANCELADO', 'CANCELADO', 'CANCELADO', 'PAGADO'];
    // A refusal is answered before the order is recorded as CANCELADO.
    await eventually(async () => expect(await statuses()).toEqual(expected));
  });

  it('has every route of the OpenAPI document', async () => {
    const answer = await stack.app.request('/openapi.json');
    const { paths } = (await answer.json()) as { paths: Record<string, object> };
    const missing = Object.entries(paths).flatMap(([path, operations]) => {
      const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
      return Object.keys(operations)
        .map((method) => method.toUpperCase())
        .filter((method) => !sent.some((one) => one.method === method && pattern.test(one.path)))
        .map((method) => `${method} ${path}`);
    });
    expect(missing).toEqual([]);
  });

  async function statuses(): Promise<string[]> {
    const orders = await stack.db.collection('orders').find().sort({ createdAt: 1 }).toArray();
    return orders.map(({ status }) => status);
  }

  async function send(request: HttpRequest): Promise<{ status: number; text: string }> {
    for (const [name, value] of request.variables) variables.set(name, filled(value));
    variables.set('api', 'http://localhost');
    variables.set('userToken', await token());
    variables.set('adminToken', await token({ sub: 'admin', role: 'admin' }));
    const { method, body } = request;
    const url = filled(request.url);
    sent.push({ method, path: new URL(url).pathname });
    // A person is slower than this test: the transfer may still be on its way to Payments.
    const [, transfer] = /orders\/([^/]+)\/confirm-payment$/.exec(url) ?? [];
    if (transfer !== undefined) await untilWaiting(stack, transfer, 'awaitTransfer');
    const answer = await stack.app.request(url, {
      method,
      headers: request.headers.map(([name, value]) => [name, filled(value)]),
      ...(body !== '' && { body: filled(body) }),
    });
    const text = await answer.text();
    if (request.name !== undefined) {
      responses.set(request.name, { headers: answer.headers, body: JSON.parse(text) });
    }
    return { status: answer.status, text };
  }

  function filled(text: string): string {
    return fillIn(text, variables, responses);
  }
});
