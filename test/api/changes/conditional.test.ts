import { describe, expect, it } from '@jest/globals';
import { expectProblem } from '../../support/api/problems.ts';
import { request } from '../../support/api/requests.ts';
import { update } from '../../support/operators/operators.ts';
import { documents, outcome, paid } from '../../support/orders/orders.ts';
import { ledger, types } from '../../support/services/services.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

const admin = { sub: 'olga', role: 'admin' };
const versionOf = ({ headers }: Response) =>
  Number(/^"(\d+)\./.exec(headers.get('ETag') ?? '')?.[1]);
const shipIf = (orderId: string, ifMatch: string) =>
  request(stack, `/api/orders/${orderId}/status`, {
    ...admin,
    method: 'PATCH',
    body: { status: 'ENVIADO' },
    headers: { 'If-Match': ifMatch },
  });
const cancelIf = (orderId: string, ifMatch: string) =>
  request(stack, `/api/orders/${orderId}/cancel`, {
    method: 'POST',
    headers: { 'If-Match': ifMatch },
  });

describe('a read with If-None-Match', () => {
  it.each(['', '/history'])('is 304 while nothing has changed: the order%s', async (path) => {
    const orderId = await paid(stack);
    const look = (tag: string) =>
      request(stack, `/api/orders/${orderId}${path}`, { headers: { 'If-None-Match': tag } });
    const first = await request(stack, `/api/orders/${orderId}${path}`);
    const tag = first.headers.get('ETag') ?? '';
    expect([first.status, tag]).toEqual([200, expect.stringMatching(/^"2\.[\w-]{8}"$/)]);
    for (const known of [tag, `W/${tag}`, `"1", ${tag}`, '*']) {
      const response = await look(known);
      expect([known, response.status, await response.text()]).toEqual([known, 304, '']);
      expect(response.headers.get('ETag')).toBe(tag);
    }
    // Of the same version, from a release that showed it in another way.
    for (const older of ['"2"', '"2.another-"']) {
      expect([older, (await look(older)).status]).toEqual([older, 200]);
    }
    await cancelIf(orderId, '*');
    const changed = await look(tag);
    expect([changed.status, versionOf(changed)]).toEqual([200, 3]);
  });

  it("does not tell whether another user's order exists", async () => {
    const orderId = await paid(stack);
    const response = await request(stack, `/api/orders/${orderId}`, {
      sub: 'luis',
      headers: { 'If-None-Match': '*' },
    });
    expect(response.status).toBe(404);
  });
});

describe('a change with If-Match', () => {
  it('is made in that version only', async () => {
    const orderId = await paid(stack);
    for (const tag of ['"1"', '"3"', 'W/"2"', '2', 'nonsense']) {
      await expectProblem(await shipIf(orderId, tag), 412, 'precondition_failed');
      await expectProblem(await cancelIf(orderId, tag), 412, 'precondition_failed');
    }
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'PAGADO', version: 2 },
    });
    const shipped = await shipIf(orderId, '"1", "2"');
    expect([shipped.status, versionOf(shipped)]).toEqual([200, 3]);
    expect(await documents(stack, orderId)).toMatchObject({ order: { status: 'ENVIADO' } });
    await expectProblem(await cancelIf(orderId, '"2"'), 412, 'precondition_failed');
  });

  it('names the version by the tag of any release', async () => {
    const orderId = await paid(stack);
    await expectProblem(await shipIf(orderId, '"1.another-"'), 412, 'precondition_failed');
    expect((await shipIf(orderId, '"2.another-"')).status).toBe(200);
  });

  it('is refused by the workflow itself when the order moved on after it was looked at', async () => {
    const orderId = await paid(stack);
    const stale = { by: 'olga', expectedVersion: '1' };
    expect(await update(stack, orderId, 'markShipped', stale)).toBe('precondition_failed');
    expect(await update(stack, orderId, 'cancelOrder', stale)).toBe('precondition_failed');
    expect(await update(stack, orderId, 'cancelOrder', { expectedVersion: 'two' })).toBe(
      'precondition_failed',
    );
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'PAGADO', version: 2 },
    });
    expect(await update(stack, orderId, 'markShipped', { expectedVersion: '2' })).toBe('done');
  });

  it('is refused too while the workflow has yet to hear that its order moved on', async () => {
    const answers = Array.from({ length: 20 }, async () => {
      const orderId = await paid(stack);
      return update(stack, orderId, 'markShipped', { by: 'olga', expectedVersion: '1' });
    });
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['precondition_failed']));
  });

  it('is won by one of two at once', async () => {
    const orderId = await paid(stack);
    const responses = await Promise.all([shipIf(orderId, '"2"'), cancelIf(orderId, '"2"')]);
    const [shipped, cancelled] = responses.map(({ status }) => status);
    const { status } = (await outcome(stack, orderId)) as { status: string };
    expect([shipped === 200, cancelled === 200]).toEqual([
      status === 'ENVIADO',
      status === 'CANCELADO',
    ]);
    expect([409, 412]).toContain(shipped === 200 ? cancelled : shipped);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(
      status === 'ENVIADO' ? ['charge'] : ['charge', 'refund'],
    );
  });
});
