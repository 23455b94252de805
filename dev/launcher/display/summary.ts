import { orderWorkflowId } from '../../../src/contract/order.ts';
import { type DevelopmentAuth, signToken } from '../credentials.ts';
import { type FirstOrder, firstOrderBody } from '../first-order.ts';
import type { LaunchedStack } from '../stack.ts';

/** Where everything is, and three commands to try; each works when pasted. */
export async function summary(
  { apiUrl, temporalUiUrl, namespace, rabbitmqUiUrl, notes, logsDir, watch }: LaunchedStack,
  auth: DevelopmentAuth,
  { orderId }: FirstOrder,
): Promise<string> {
  const [user, admin] = await Promise.all([
    signToken(auth, 'ana', 'user'),
    signToken(auth, 'admin', 'admin'),
  ]);
  const workflow = `namespaces/${namespace}/workflows/${orderWorkflowId(orderId)}`;
  const rows: [string, string | undefined][] = [
    ['API', apiUrl],
    ['API reference', `${apiUrl}/docs`],
    ['This order in the Web UI', temporalUiUrl && `${temporalUiUrl}/${workflow}`],
    ['RabbitMQ management', rabbitmqUiUrl && `${rabbitmqUiUrl} (guest, guest)`],
    ["User's token (ana)", user],
    ["Admin's token", admin],
  ];
  const lines = rows.flatMap(([name, value]) => (value ? [`  ${name.padEnd(26)}${value}`] : []));
  const json = "-H 'Content-Type: application/json'";
  const order = `${apiUrl}/api/orders/${orderId}`;
  return [
    '',
    ...lines,
    ...notes.map((note) => `  ${note}`),
    '',
    'Place an order, look at the first one, mark it shipped:',
    '',
    `curl -sS -X POST ${apiUrl}/api/orders -H 'Authorization: Bearer ${user}' ${json} -d '${JSON.stringify(firstOrderBody)}'`,
    `curl -sS ${order} -H 'Authorization: Bearer ${user}'`,
    `curl -sS -X PATCH ${order}/status -H 'Authorization: Bearer ${admin}' ${json} -d '{"status":"ENVIADO","carrier":"Correos"}'`,
    '',
    '`npm run shop`, in another terminal, shows a page that sells by the API.',
    '`npm run tour`, in another terminal, plays the whole product and says what it does.',
    `Logs are in ${logsDir}.${watch ? ' API and worker restart when src changes.' : ''}`,
    'Ctrl-C stops everything.',
  ].join('\n');
}
