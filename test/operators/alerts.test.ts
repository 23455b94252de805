import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../dev/processes/run-command.ts';
import { orderWorkflowId } from '../../src/contract/order.ts';
import { orderBody } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { forget } from '../support/operators/forget.ts';
import { quickPolicy, reconcile, terminate } from '../support/operators/reconciler.ts';
import { untilStatus } from '../support/orders/orders.ts';
import { type Programs, startPrograms } from '../support/programs/programs.ts';
import { findPrometheus } from '../support/prometheus/install.ts';
import { type Rule, startPrometheus } from '../support/prometheus/server.ts';
import { fault, fired } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

const found = await findPrometheus();
const unless = 'obstacle' in found ? `, skipped here: ${found.obstacle}` : '';
const programs_ = 'obstacle' in found ? { prometheus: '', promtool: '' } : found;
const BROKEN = randomUUID();
const RULES = resolve('deploy/prometheus/alerts.yml');

const promtool = (...args: string[]) =>
  runCommand({ command: programs_.promtool, args, timeoutMs: 60_000 });

(unless ? describe.skip : describe)(`the alerts and the dashboard${unless}`, () => {
  let stack: Stack;
  let programs: Programs;
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
  let rules: Rule[];
  beforeAll(async () => {
    stack = await startStack({}, { worker: false });
    programs = await startPrograms(stack);
    const { api, worker } = programs.metricsPorts;
    prometheus = await startPrometheus({
      ...{ prometheus: programs_.prometheus, rules: RULES },
      targets: { 'orders-api': api, 'orders-worker': worker },
    });
    rules = await prometheus.rules();
    await provokeAll();
  }, 120_000);
  afterAll(async () => {
    await prometheus?.stop();
    // It would not replay.
    if (programs !== undefined) await forget(stack, BROKEN);
    await programs?.kill();
    await stack?.stop();
  }, 150_000);

  async function place(): Promise<string> {
    const body = orderBody();
    const response = await programs.request('/api/orders', { method: 'POST', body });
    expect(response.status).toBe(201);
    return ((await response.json()) as { orderId: string }).orderId;
  }

  /** One of each thing that metrics tell of only once it has happened. */
  async function provokeAll(): Promise<void> {
    const orderId = await place();
    await untilStatus(stack, orderId, 'PAGADO');
    const body = { status: 'ENVIADO' };
    await programs.request(`/api/orders/${orderId}/status`, {
      ...{ method: 'PATCH', role: 'admin', body },
    });
    await untilStatus(stack, orderId, 'ENVIADO');
    const route = 'POST /api/payments';
    // Terminated while a step is under way, whose result Temporal then does not take.
    await fault(stack, 'payments', { route, kind: 'latency', latencyMs: 2_000, times: 1 });
    const lost = await place();
    await eventually(async () => expect(await fired(stack, 'payments')).toBe(1));
    await terminate(stack, lost);
    await fault(stack, 'payments', { route, kind: 'errorBefore' });
    await place();
    await stack.client.workflow.start('noSuchWorkflow', {
      ...{ taskQueue: stack.taskQueue, workflowId: orderWorkflowId(BROKEN) },
    });
    await reconcile(stack);
    // One that notes how far it came.
    await reconcile(stack, quickPolicy, {});
  }

  it('are what promtool takes for right, and fire when they have to', async () => {
    expect(await promtool('check', 'rules', RULES)).toContain('SUCCESS');
    expect(await promtool('check', 'config', 'deploy/prometheus/prometheus.yml')).toContain(
      'SUCCESS',
    );
    expect(await promtool('test', 'rules', 'deploy/prometheus/alerts.test.yml')).toContain(
      'SUCCESS',
    );
  });

  it('ask for metrics that API and worker have', async () => {
    const panels = await dashboardQueries();
    const queries = [...rules.map(({ query }) => query), ...panels];
    const selectors = new Set(queries.flatMap(selectorsOf));
    const declared = await declaredMetrics();
    expect(selectors.size).toBeGreaterThan(30);
    await eventually(async () => {
      const missing: string[] = [];
      for (const selector of selectors) {
        const [name = ''] = /^\w+/.exec(selector) ?? [];
        const isThere = declared.has(baseOf(name)) || (await prometheus.query(name)).length > 0;
        if (!isThere) missing.push(selector);
      }
      expect(missing).toEqual([]);
    });
    for (const query of queries) await prometheus.query(query);
    await eventually(async () => {
      const evaluated = await prometheus.rules();
      expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([]);
    });
  });

  it('ask for labels that these metrics have', async () => {
    const queries = [...rules.map(({ query }) => query), ...(await dashboardQueries())];
    const selectors = new Set(queries.flatMap((query) => query.match(/\w+\{[^}]+\}/g) ?? []));
    expect(selectors.size).toBeGreaterThan(8);
    await eventually(async () => {
      const missing: string[] = [];
      for (const selector of selectors) {
        const series = HAS_NOT_HAPPENED.test(selector)
          ? selector.replaceAll(/=~?"[^"]*"/g, '!=""')
          : selector;
        if ((await prometheus.query(series)).length === 0) missing.push(series);
      }
      expect(missing).toEqual([]);
    });
  });

  it('are quiet about what is well', async () => {
    await eventually(async () => {
      const active = (await prometheus.rules()).filter(({ state }) => state !== 'inactive');
      expect(active.map(({ name }) => name).sort()).toEqual(WELL_FOUNDED);
    });
  });

  it('show what has happened', async () => {
    await eventually(async () => {
      const empty: string[] = [];
      for (const query of await dashboardQueries()) {
        if ((await prometheus.query(query)).length === 0) empty.push(query);
      }
      expect(empty.filter((query) => !HAS_NOT_HAPPENED.test(query))).toEqual([]);
    }, 40_000);
  }, 90_000);

  it('are explained, each in a paragraph with the query for the Web UI', async () => {
    const text = await readFile('docs/operate/alerts.md', 'utf8');
    const sections = text.split(/^### /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0]).sort()).toEqual(
      rules.map(({ name }) => name).sort(),
    );
    for (const { name, annotations, labels } of rules) {
      expect(annotations.runbook_url).toBe(`docs/operate/alerts.md#${name.toLowerCase()}`);
      expect(annotations.summary).toBeTruthy();
      expect(['critical', 'warning']).toContain(labels.severity);
      if (annotations.web_ui === undefined) continue;
      const section = sections.find((one) => one.startsWith(`${name}\n`));
      expect(section).toContain(`\`${decodeURIComponent(annotations.web_ui)}\``);
      const query = new URL(annotations.web_ui, 'http://web-ui').searchParams.get('query');
      // Throws for a query that the visibility store does not understand.
      await stack.client.workflow.count(query ?? '');
    }
  });

  /** With the range that Grafana would put in. */
  async function dashboardQueries(): Promise<string[]> {
    const { panels } = JSON.parse(await readFile('deploy/grafana/orders.json', 'utf8')) as {
      panels: { targets?: { expr: string }[] }[];
    };
    return panels
      .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
      .map((expr) => expr.replaceAll('$__rate_interval', '1m'));
  }

  /** Of those that have no value yet, API and worker say that there is such a metric. */
  async function declaredMetrics(): Promise<Set<string>> {
    const texts = await Promise.all([programs.scrapeApi(), programs.scrapeWorker()]);
    const types = texts.join('\n').matchAll(/^# TYPE (\w+) /gm);
    return new Set([...types].map(([, name = '']) => name));
  }
});

/** What nothing in this test brings about. */
const HAS_NOT_HAPPENED =
  /status=~"5\.\."|orders_rate_limited_total|RESOURCE_EXHAUSTED|step="reconcile"/;
/** What this test has brought about, as it is before an alert has lasted. */
const WELL_FOUNDED = ['OrdersStuck', 'OrdersWorkflowTasksFail'];

const baseOf = (name: string) => name.replace(/_(bucket|count|sum)$/, '');

/** The metrics that a query asks for. */
function selectorsOf(query: string): string[] {
  const bare = query.replaceAll(/\{[^}]*\}|\[[^\]]*\]|\b(by|on|without) \([^)]*\)/g, ' ');
  return [...bare.matchAll(/\b[a-z]\w*(?:_\w+|\bup)\b|\bup\b/g)]
    .map(([name]) => name)
    .filter((name) => name !== 'histogram_quantile');
}
