import { parseArgs } from 'node:util';

export interface Arguments {
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
export function parseArguments(args: string[]): Arguments {
  try {
    const { values } = parseArgs({
      args,
      options: {
        orders: { type: 'string', default: '1000' },
        seed: { type: 'string', default: `${Math.floor(Math.random() * 1e9)}` },
        customers: { type: 'string', default: '12' },
        'fault-every-ms': { type: 'string', default: '10000' },
        keep: { type: 'string' },
        'no-build': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (!values.help) {
      return {
        orders: wholeNumber('orders', values.orders),
        seed: values.seed,
        customers: wholeNumber('customers', values.customers),
        faultEveryMs: wholeNumber('fault-every-ms', values['fault-every-ms']),
        keep: values.keep,
        build: !values['no-build'],
      };
    }
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number <= 1_000_000) return number;
  throw new Error(`--${name}: "${text}" is not a whole number from 1 to 1000000`);
}
