import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: boolean }>
>;

/**
 * What a program was called with, as `read` understands it. Ends this process after it has printed
 * the help: with 0 when that was asked for, with 2 when the arguments are not understood.
 */
export function readArguments<O extends Options, T>(
  help: string,
  config: { options: O; allowPositionals?: boolean },
  read: (values: Parsed<O>['values'], positionals: string[]) => T,
): T {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help);
    process.exit(0);
  }
  try {
    const { values, positionals } = parseArgs({ allowPositionals: false, ...config, args });
    return read(values, positionals);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${help}`);
    process.exit(2);
  }
}

export function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number <= MOST) return number;
  throw new Error(`--${name}: "${text}" is not a whole number from 1 to ${MOST}`);
}

const MOST = 10_000_000;
