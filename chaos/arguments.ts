import { readArguments, wholeNumber } from '../dev/command-line.ts';

export interface ChaosArguments {
  orders: number;
  seed: string;
  /** How many customers are busy at once. */
  customers: number;
  /** The mean pause between two faults. Milliseconds. */
  faultEveryMs: number;
  /** Where the operation log and the programs' logs are kept; a temporary folder without it. */
  keep: string | undefined;
  /** Whether dist/ is built first. */
  build: boolean;
}

const HELP = `Usage: npm run chaos -- [--orders N] [--seed TEXT] [--customers N]
                        [--fault-every-ms N] [--keep FOLDER] [--no-build]

  --orders          how many to place; 1000 when left out
  --seed            decides who orders what and which faults come; a random one when left out
  --customers       how many order at the same time; 12 when left out
  --fault-every-ms  the mean pause between two faults; 10000 when left out
  --keep            keep the operation log and the logs of all programs in this folder
  --no-build        run what is in dist already
`;

/** Ends this process when the arguments are not understood. */
export function chaosArguments(): ChaosArguments {
  const options = {
    orders: { type: 'string', default: '1000' },
    seed: { type: 'string', default: `${Math.floor(Math.random() * 1e9)}` },
    customers: { type: 'string', default: '12' },
    'fault-every-ms': { type: 'string', default: '10000' },
    keep: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
  } as const;
  return readArguments(HELP, { options }, (values) => ({
    orders: wholeNumber('orders', values.orders),
    seed: values.seed,
    customers: wholeNumber('customers', values.customers),
    faultEveryMs: wholeNumber('fault-every-ms', values['fault-every-ms']),
    keep: values.keep,
    build: !values['no-build'],
  }));
}
