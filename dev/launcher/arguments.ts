import { parseArgs } from 'node:util';

export interface Arguments {
  /** Empties the data folder first. */
  fresh: boolean;
  /** Stops again after the first order. */
  once: boolean;
}

const HELP = `Usage: npm start -- [--once] [--fresh]

  --once    stop everything after the first order; exit code 0 only if it was paid
  --fresh   empty the data folder (.data) first
`;

export function parseArguments(args: string[]): Arguments {
  try {
    const { values } = parseArgs({
      args,
      options: {
        fresh: { type: 'boolean', default: false },
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (!values.help) return values;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}
