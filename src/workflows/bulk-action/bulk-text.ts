import { type BulkInput, type BulkProgress, placeOf } from '../../contract/bulk-action.ts';
import { plain } from '../../domain/markdown.ts';

const HELP = `## What you can do

Choose *Send an Update* in the menu at the top right; *Send a Signal* does the same.

- **\`suspend\`** tells no more orders until somebody resumes it
- **\`resume\`** goes on: a few orders first, past a circuit breaker, then more and more as it helps. Input, if you like: \`{"perSecond": 20, "by": "you", "note": "why"}\`, also to change the speed of one that is under way
- **\`stop\`** ends it here; what was told to move moves on

It suspends itself when more than half of those that were told are still stuck. Orders that failed again stay stuck and listed; nothing is lost when this is stopped, cancelled or terminated.
`;

/** One line for the lists. */
export function progressOf(input: BulkInput, progress: BulkProgress, stage: string): string {
  const { action, by, note } = input;
  const { matched, signalled, stillStuck } = progress;
  const why = note ? `, "${note}"` : '';
  const far = stage === 'done' ? '' : `${stage}, `;
  return `${action} by ${by} (${placeOf(input)})${why}: ${far}${matched} matched${ofAll(stage, progress)}, ${signalled} signalled, ${stillStuck} still stuck`;
}

/** Markdown for the page of the workflow in the Web UI. */
export function describeBulk(
  input: BulkInput,
  progress: BulkProgress,
  stage: string,
  notes: readonly string[],
): string {
  const { perSecond, lately } = progress;
  const measured = lately === undefined ? '' : `; ${lately} a second lately`;
  const parts = [
    `# ${plain(`${input.action}: ${stage}`)}`,
    plain(progressOf(input, progress, stage)),
    `At most ${perSecond} a second${measured}.`,
    HELP,
  ];
  if (notes.length > 0) parts.push('## Notes', notes.map((text) => `- ${plain(text)}`).join('\n'));
  return parts.join('\n\n');
}

function ofAll(stage: string, { expected, matched }: BulkProgress): string {
  return stage === 'done' ? '' : ` of ${Math.max(expected, matched)}`;
}
