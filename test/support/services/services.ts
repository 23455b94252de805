import type { Stack } from '../stack.ts';

type ServiceName = keyof Stack['simulators']['urls'];
type Entry = Record<string, unknown> & { type: string };

/** What a downstream service has done for an order, from its append-only ledger. */
export async function ledger(
  stack: Stack,
  service: ServiceName,
  orderId: string,
): Promise<Entry[]> {
  const answer = await fetch(
    `${stack.simulators.urls[service]}/admin/ledger?orderId=${encodeURIComponent(orderId)}`,
  );
  return ((await answer.json()) as { entries: Entry[] }).entries;
}

/** Does something at a downstream service as its administrator would. */
export async function postTo(
  stack: Stack,
  service: ServiceName,
  path: string,
  body: object = {},
  headers: Record<string, string> = {},
): Promise<void> {
  const answer = await fetch(`${stack.simulators.urls[service]}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} was refused: ${await answer.text()}`);
}

/** What was done, in its order. */
export const types = (entries: readonly { type: string }[]) => entries.map(({ type }) => type);

/** Sets a fault in a downstream service, and answers how to take it away again. */
export async function fault(
  stack: Stack,
  service: ServiceName,
  rule: Record<string, unknown>,
): Promise<() => Promise<void>> {
  const url = `${stack.simulators.urls[service]}/admin/faults`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(rule),
  });
  if (!answer.ok) throw new Error(`the fault was not taken: ${await answer.text()}`);
  const { id } = (await answer.json()) as { id: string };
  return async () => {
    await fetch(`${url}/${id}`, { method: 'DELETE' });
  };
}

/** How often the faults of a service have struck: a fault that never did proves nothing. */
export async function fired(stack: Stack, service: ServiceName): Promise<number> {
  const answer = await fetch(`${stack.simulators.urls[service]}/admin/faults`);
  const { faults } = (await answer.json()) as { faults: { fired: number }[] };
  return faults.reduce((sum, one) => sum + one.fired, 0);
}

/** Takes away all faults, so that a test that fails does not fail the next one. */
export async function repairAll(stack: Stack): Promise<void> {
  await Promise.all(
    Object.values(stack.simulators.urls).map((url) =>
      fetch(`${url}/admin/faults`, { method: 'DELETE' }),
    ),
  );
}
