import type { StuckOrdersActivities } from '../../activities/stuck-orders/stuck-orders.ts';
import { code, plain } from '../../domain/markdown.ts';
import { toMajor } from '../../domain/pricing/money.ts';

export type StuckPageData = Awaited<ReturnType<StuckOrdersActivities['surveyStuck']>>;
type StuckGroup = StuckPageData['groups'][number];
type Bulk = StuckPageData['bulkActions'][number];
type OldWorkflow = StuckGroup['oldest'][number];

const MAX_GROUPS = 20;

const HELP = `## What you can do

Choose *Send an Update* in the menu at the top right. The input may stay empty: then all stuck orders are meant. It begins a workflow that is linked under *Under way* above, which shows how far it is, and can be suspended, resumed and stopped; it tells a few orders first, then more and more as it helps, and suspends itself when it does not.

- **\`retryStuck\`** tries the failed steps again; harmless, also when they fail again
- **\`cancelStuck\`** cancels the orders: money is refunded, stock is released
- **\`refresh\`** (a signal) looks again now

Input: \`{"failedStep": "chargePayment", "failureType": "payments_unknown", "perSecond": 20, "by": "you", "note": "why"}\`, each of them only if you want it. Four kinds do not react to it:

- \`reconcile\`: discrepancies, which you settle one by one on their own pages
- \`code\`, or *workflow task fails*: signals wait until a developer has repaired the code
- \`paused\`: signals wait until somebody chooses *Unpause* on the page of the workflow
- \`pausedStep\`: somebody paused a step; *Unpause* on the tab *Pending Activities* lets it go on
`;

/** The page of all that is stuck, as Markdown for the Web UI; its size is bounded. */
export function describePage(
  survey: StuckPageData | undefined,
  journal: readonly string[],
  now: Date,
): string {
  const parts = [survey === undefined ? '# Looking for what is stuck' : headline(survey, now)];
  if (survey !== undefined) {
    parts.push(...describeBulk('Under way', survey, (bulk) => bulk.endedAt === undefined));
    parts.push(...describeGroups(survey));
  }
  parts.push(HELP);
  if (survey !== undefined) {
    parts.push(...describeBulk('Done last', survey, (bulk) => bulk.endedAt !== undefined));
  }
  if (journal.length > 0) parts.push('## Notes', list(journal));
  return parts.join('\n\n');
}

function headline(survey: StuckPageData, now: Date): string {
  const { total, waiting, overdue, workflowsUrl } = survey;
  const what = total === 0 ? 'Nothing is stuck' : `${formatted(total)} stuck`;
  const found = (count: number, query: string) =>
    `[${formatted(count)}](${workflowsUrl}?query=${encodeURIComponent(query)})`;
  const waits = found(waiting, 'FailedStep = "publishEvents" AND NeedsAttention = false');
  const late = found(overdue, `OrderStatus = "PAGADO" AND ShipBy < "${now.toISOString()}"`);
  return [
    `# ${what}`,
    `As of ${time(now.toISOString())}.`,
    ...(overdue > 0 ? [`${late} paid orders should have left by now.`] : []),
    ...(waiting > 0
      ? [`The events of ${waits} more wait for RabbitMQ; these orders go on, and need nobody.`]
      : []),
  ].join('\n\n');
}

function describeBulk(
  heading: string,
  { bulkActions, workflowsUrl }: StuckPageData,
  isMeant: (bulk: Bulk) => boolean,
): string[] {
  const lines = bulkActions.filter(isMeant).map(({ workflowId, progress, endedAt }) => {
    const when = endedAt === undefined ? 'open' : time(endedAt);
    return `- [${when}](${workflowsUrl}/${workflowId}): ${plain(progress)}`;
  });
  return lines.length === 0 ? [] : [`## ${heading}`, lines.join('\n')];
}

function describeGroups({ total, groups, workflowsUrl }: StuckPageData): string[] {
  const shown = groups.slice(0, MAX_GROUPS);
  const inShown = shown.reduce((sum, { count }) => sum + count, 0);
  const hidden = total - inShown;
  return [
    ...shown.map((group) => describeGroup(group, workflowsUrl)),
    ...(hidden > 0 ? [`… and ${formatted(hidden)} elsewhere.`] : []),
  ];
}

function describeGroup(group: StuckGroup, workflowsUrl: string): string {
  const { step, failure, count, paused, stepPaused, failing, atStake, oldest } = group;
  const cannotAct = [
    ...(paused > 0 && step !== 'paused' ? [`${formatted(paused)} paused`] : []),
    ...(stepPaused > 0 && step !== 'pausedStep'
      ? [`${formatted(stepPaused)} whose step is paused`]
      : []),
    ...(failing > 0 && step !== 'code' ? [`${formatted(failing)} whose workflow task fails`] : []),
  ].join(', ');
  const more = count - oldest.length;
  const hasNoStep = ['code', 'paused', 'pausedStep'].includes(step);
  return [
    `## ${formatted(count)} at \`${step}\`: \`${failure}\``,
    '',
    ...(atStake.length > 0 ? [`Together ${atStake.map(money).join(', ')}.`, ''] : []),
    ...(cannotAct ? [`Among them ${cannotAct}.`, ''] : []),
    ...oldest.map((old) => describeWorkflow(old, workflowsUrl, hasNoStep ? 'started' : 'since')),
    ...(more > 0 ? [`- … and ${formatted(more)} younger ones`] : []),
  ].join('\n');
}

function describeWorkflow(workflow: OldWorkflow, workflowsUrl: string, what: string): string {
  const { workflowId, orderNumber, customerId, total } = workflow;
  const { since, isPaused, pausedSteps, isFailing } = workflow;
  const marks = [
    ...(isPaused ? ['paused'] : []),
    ...pausedSteps.map(describePause),
    ...(isFailing ? ['workflow task fails'] : []),
  ];
  const marked = marks.length > 0 ? ` (${marks.join(', ')})` : '';
  const facts = [
    `[${orderNumber ?? workflowId}](${workflowsUrl}/${workflowId})`,
    ...(customerId === undefined ? [] : [`customer ${code(customerId)}`]),
    ...(total === undefined ? [] : [money(total)]),
    `${what} ${time(since)}${marked}`,
  ];
  return `- ${facts.join(', ')}`;
}

function describePause({ step, by, since, reason }: OldWorkflow['pausedSteps'][number]): string {
  return [
    `${code(step)} paused`,
    ...(by === undefined ? [] : [` by ${plain(by)}`]),
    ...(since === undefined ? [] : [` since ${time(since)}`]),
    ...(reason === undefined ? [] : [`: ${plain(reason)}`]),
  ].join('');
}

function money({ amount, currency }: StuckGroup['atStake'][number]): string {
  return `${toMajor(amount, currency)} ${currency}`;
}

function formatted(count: number): string {
  return count.toLocaleString('en');
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${plain(line)}`).join('\n');
}

/** ISO 8601 as people read it. */
export function time(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}
