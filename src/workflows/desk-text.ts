import type { Activities } from '../activities/desk.ts';

export type StuckSurvey = Awaited<ReturnType<Activities['surveyStuck']>>;
type StuckGroup = StuckSurvey['groups'][number];

const MAX_GROUPS = 20;

const HELP = `## What you can do

Choose *Send an Update* in the menu at the top right; it answers when all is done. *Send a Signal* does the same, and the outcome is noted here. The input may stay empty: then all stuck orders are meant.

- **\`retryStuck\`** tries the failed steps again now; harmless, also when they fail again
- **\`cancelStuck\`** cancels the orders: money is refunded, stock is released
- **\`refresh\`** (a signal) looks again now

Input: \`{"failedStep": "chargePayment", "failureType": "payments_unknown", "by": "you", "note": "why"}\`, each of them only if you want it. Parked at \`reconcile\` are reports, which you settle one by one on their own pages; at \`code\` are orders that no signal can reach before a developer mends the code.
`;

/** The page of the desk, as Markdown for the Web UI; its size is bounded. */
export function describeDesk(
  survey: StuckSurvey | undefined,
  underWay: readonly string[],
  journal: readonly string[],
  now: Date,
): string {
  const parts = [survey === undefined ? '# The desk is looking' : headline(survey, now)];
  if (underWay.length > 0) parts.push('## Under way', list(underWay));
  if (survey !== undefined) {
    const shown = survey.groups.slice(0, MAX_GROUPS);
    parts.push(...shown.map((group) => describeGroup(group, survey.workflowsUrl)));
    const hidden = survey.groups.length - shown.length;
    if (hidden > 0) parts.push(`… and ${hidden} smaller groups.`);
  }
  parts.push(HELP);
  if (journal.length > 0) parts.push('## Done last', list(journal));
  return parts.join('\n\n');
}

function headline({ total, isPartial }: StuckSurvey, now: Date): string {
  const what = total === 0 ? 'Nothing is stuck' : `${total.toLocaleString('en')} stuck`;
  const partly = isPartial
    ? ' Too many to look at each: the counts of the groups are too low.'
    : '';
  return `# ${what}\n\nAs of ${time(now.toISOString())}.${partly}`;
}

function describeGroup({ step, failure, count, oldest }: StuckGroup, workflowsUrl: string): string {
  const links = oldest.map(
    ({ workflowId, since }) =>
      `- [${workflowId}](${workflowsUrl}/${workflowId}) since ${time(since)}`,
  );
  const more = count > links.length ? [`- … and ${count - links.length} younger ones`] : [];
  return [
    `## ${count.toLocaleString('en')} at \`${step}\`: \`${failure}\``,
    '',
    ...links,
    ...more,
  ].join('\n');
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

/** ISO 8601 as people read it. */
export function time(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}
