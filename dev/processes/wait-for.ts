import { setTimeout as delay } from 'node:timers/promises';
import { errorLine } from './error-line.ts';
import type { ManagedProcess, ProcessExit } from './spawn-process.ts';

const POLL_MS = 100;
const LOG_LINES = 8;
const LONGEST_LINE = 200;

export interface WaitOptions {
  timeoutMs: number;
  /** What is waited for, for the error: 'MongoDB to answer on port 27017'. */
  what: string;
  /** The process that has to bring it about: its end ends the waiting. */
  process?: ManagedProcess;
}

/**
 * Polls `check` until it returns something truthy, and returns that. A check that throws counts as
 * "not yet". Unlike p-wait-for, it ends with the process that has to bring it about.
 *
 * @throws with the last lines of the process's log, when it exits first or the time is over
 */
export async function waitFor<T>(
  check: () => Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  let exit: ProcessExit | undefined;
  options.process?.exited.then((how) => {
    exit = how;
  });
  let last = '';
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
    } catch (error) {
      last = errorLine(error);
    }
    if (exit) throw new Error(withLog(describeExit(options, exit), options.process));
    if (Date.now() >= deadline) {
      const because = last && ` (${last})`;
      const text = `Waited ${options.timeoutMs / 1000} s in vain for ${options.what}${because}`;
      throw new Error(withLog(text, options.process));
    }
    await delay(POLL_MS);
  }
}

function describeExit({ process, what }: WaitOptions, { code, signal, error }: ProcessExit) {
  const how = error ? error.message : signal ? `by ${signal}` : `with code ${code}`;
  return `${process?.name} ended ${how} while waiting for ${what}`;
}

/** The last line of the log in the first line of the message, for lists with a line for each. */
function withLog(text: string, process?: ManagedProcess): string {
  const tail = process?.logTail(LOG_LINES);
  if (!process || !tail) return text;
  const last = tail.slice(tail.lastIndexOf('\n') + 1).slice(0, LONGEST_LINE);
  return `${text}: ${last}\nThe end of its log, ${process.logFile}:\n${tail}`;
}
