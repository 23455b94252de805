import { readArguments, wholeNumber } from '../dev/command-line.ts';

const USUAL = ['baseline', 'orders', 'changes', 'recovery', 'reads'] as const;
/** The last two take their time: only when they are named. */
const PARTS = [...USUAL, 'reconciler', 'backlog'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchArguments {
  /** How many are placed for each concurrency, of orders and of the baseline's. */
  orders: number;
  concurrency: number[];
  parts: ReadonlySet<Part>;
  /** How many orders are in MongoDB when the reconciler looks at a tenth of them. */
  stored: number;
  /** How many orders are stuck and retried while fresh ones are placed. */
  stuck: number;
  /** Where V8's CPU profiles of the API and the worker go. */
  profiles: string | undefined;
  /** Whether dist/ is built first. */
  build: boolean;
}

const HELP = `Usage: npm run bench -- [--orders N] [--concurrency N,N] [--only PART,PART]
                        [--stored N] [--stuck N] [--profile FOLDER] [--no-build]

  --orders       how many to place for each concurrency; 400 when left out
  --concurrency  how many are in flight, one run for each; 1,32 when left out
  --only         some of ${PARTS.join(', ')}; results.json is
                 written only with the first four, and for each of the others apart; the
                 last two are measured only when they are named
  --stored       orders in MongoDB, of which the reconciler looks at a tenth; 1000000 when left out
  --stuck        orders that are retried while fresh ones are placed; 10000 when left out
  --profile      keep V8's CPU profiles of the API and the worker in this folder
  --no-build     measure what is in dist already
`;

/** Ends this process when the arguments are not understood. */
export function benchArguments(): BenchArguments {
  const options = {
    orders: { type: 'string', default: '400' },
    concurrency: { type: 'string', default: '1,32' },
    only: { type: 'string', default: USUAL.join(',') },
    stored: { type: 'string', default: '1000000' },
    stuck: { type: 'string', default: '10000' },
    profile: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
  } as const;
  return readArguments(HELP, { options }, (values) => ({
    orders: wholeNumber('orders', values.orders),
    concurrency: values.concurrency.split(',').map((text) => wholeNumber('concurrency', text)),
    parts: new Set(values.only.split(',').map(part)),
    stored: wholeNumber('stored', values.stored),
    stuck: wholeNumber('stuck', values.stuck),
    profiles: values.profile,
    build: !values['no-build'],
  }));
}

function part(text: string): Part {
  const found = PARTS.find((name) => name === text);
  if (found === undefined) throw new Error(`--only: there is no part "${text}"`);
  return found;
}
