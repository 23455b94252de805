import { readArguments } from '../command-line.ts';

export interface LaunchArguments {
  /** Empties the data folder first. */
  fresh: boolean;
  /** Stops again after the first order. */
  once: boolean;
}

const HELP = `Usage: npm start -- [--once] [--fresh]

  --once    stop everything after the first order; exit code 0 only if it was paid
  --fresh   empty the data folder (.data) first
`;

export function launchArguments(): LaunchArguments {
  const options = {
    fresh: { type: 'boolean', default: false },
    once: { type: 'boolean', default: false },
  } as const;
  return readArguments(HELP, { options }, (values) => values);
}
