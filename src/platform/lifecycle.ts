import { pathToFileURL } from 'node:url';
import { ConfigError } from '../config/config.ts';

export interface Program {
  /** Stops taking work, finishes what is under way, closes connections. */
  stop(): Promise<void>;
  /** How long stop() may take, in milliseconds; without it, as long as it likes. */
  stopMs?: number;
  /** Settles when the program comes to an end that nobody asked for. */
  ended?: Promise<void>;
}

/**
 * Runs a program when its module is the one that Node was started with: until a signal, then with
 * exit code 0, or until it fails or does not stop in time, then with 1. A signal during the start
 * ends it at once: nothing is under way yet. A ConfigError is told without a stack.
 */
export async function runAsProgram(moduleUrl: string, start: () => Promise<Program>) {
  const entry = process.argv[1];
  if (entry === undefined || moduleUrl !== pathToFileURL(entry).href) return;
  try {
    const signal = signalled();
    const program = await Promise.race([start(), signal.then(() => undefined)]);
    if (program === undefined) process.exit(0);
    await Promise.race([signal, endedByItself(program)]);
    if (program.stopMs !== undefined) endByForceAfter(program.stopMs);
    await program.stop();
    process.exit(0);
  } catch (error) {
    const told = error instanceof ConfigError ? error.message : error;
    process.stderr.write(`${told instanceof Error ? told.stack : told}\n`);
    process.exit(1);
  }
}

/** For the commands that operators type: what they could not do is told without a stack. */
export async function withCliErrors<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    const isBug = !(error instanceof Error) || /^(Type|Reference|Range)Error$/.test(error.name);
    throw isBug ? error : new ConfigError(error.message);
  }
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

async function endedByItself(program: Program): Promise<never> {
  await (program.ended ?? new Promise(() => {}));
  throw new Error('the program ended by itself');
}

function endByForceAfter(stopMs: number): void {
  setTimeout(() => {
    process.stderr.write(`not stopped after ${stopMs} ms: ended by force\n`);
    process.exit(1);
  }, stopMs);
}
