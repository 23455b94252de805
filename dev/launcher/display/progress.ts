import { aborted } from '../stop-request.ts';
import type { JobLine } from './display.ts';
import { createPlainDisplay } from './plain.ts';
import { createTerminalDisplay } from './terminal.ts';

interface JobOptions<T> {
  /** What has to be done before it can begin. */
  after?: Promise<unknown>[];
  /** What to say of the result. */
  end?: (result: T) => string;
}

/** Jobs that run at the same time, each as soon as what it needs is done, and are shown. */
export interface Progress {
  job<T>(
    title: string,
    work: (show: (text: string) => void) => Promise<T>,
    options?: JobOptions<T>,
  ): Promise<T>;
  /** Resolves when all jobs are done. Rejects with the first failure. */
  finished(): Promise<void>;
}

/** @param stopping ends all jobs, and that anything is shown of them */
export function createProgress(stopping: AbortSignal): Progress {
  const stopped = aborted(stopping).then(() => {
    throw new Error('Stopping');
  });
  stopped.catch(() => undefined);
  const { isTTY, columns } = process.stdout;
  const display = isTTY && columns > 0 ? createTerminalDisplay() : createPlainDisplay();
  const jobs: Promise<unknown>[] = [];
  return {
    job(title, work, { after = [], end = () => '' } = {}) {
      let line: JobLine;
      const ready = Promise.all(after);
      const working = ready.then(() => runJob(line, display.beatMs, work, end));
      const running = Promise.race([working, stopped]);
      line = silentOnceAborted(stopping, display.add(title, running));
      ready.catch(() => line.skipped());
      running.catch(() => undefined);
      jobs.push(running);
      return running;
    },
    async finished() {
      try {
        await Promise.all(jobs);
      } finally {
        await display.close();
      }
    },
  };
}

function silentOnceAborted(stopping: AbortSignal, line: JobLine): JobLine {
  const unlessStopping = (say: () => void) => void (stopping.aborted || say());
  return {
    show: (text) => unlessStopping(() => line.show(text)),
    done: (text) => unlessStopping(() => line.done(text)),
    failed: () => unlessStopping(() => line.failed()),
    skipped: () => unlessStopping(() => line.skipped()),
  };
}

async function runJob<T>(
  line: JobLine,
  beatMs: number,
  work: (show: (text: string) => void) => Promise<T>,
  end: (result: T) => string,
): Promise<T> {
  const began = Date.now();
  let shownAt = began;
  let last = 'starting';
  const show = (text: string) => {
    shownAt = Date.now();
    last = text;
    line.show(text);
  };
  const beat = setInterval(() => {
    const now = Date.now();
    if (now - shownAt < beatMs - 50) return;
    shownAt = now;
    line.show(`${last} (${Math.round((now - began) / 1000)} s)`);
  }, beatMs);
  try {
    const result = await work(show);
    line.done(`${end(result)} [${((Date.now() - began) / 1000).toFixed(1)} s]`.trim());
    return result;
  } catch (error) {
    line.failed();
    throw error;
  } finally {
    clearInterval(beat);
  }
}
