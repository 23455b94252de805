import { Listr, type ListrTaskWrapper } from 'listr2';
import { aborted } from '../stop-request.ts';

interface JobOptions<T> {
  /** What has to be done before it can begin. */
  after?: Promise<unknown>[];
  /** What to say of the result. */
  end?: (result: T) => string;
}

type Work<T> = (show: (text: string) => void) => Promise<T>;

/** Jobs that run at the same time, each as soon as what it needs is done, and are shown. */
export interface JobList {
  job<T>(title: string, work: Work<T>, options?: JobOptions<T>): Promise<T>;
  /** Resolves when all jobs are done. Rejects with the first failure. */
  finished(): Promise<void>;
}

type Task = Pick<ListrTaskWrapper<unknown, never, never>, 'title' | 'output' | 'skip'>;

/** How often a job that is silent shows that it goes on. */
const BEAT_MS = { terminal: 1_000, lines: 15_000 };

/**
 * On a terminal a list that is redrawn in place; else, for logs and pipes, a line for each thing that
 * happens, which names what it is about, as no renderer of listr2 does.
 *
 * @param stopping ends all jobs, and that anything is shown of them
 */
export function createJobList(stopping: AbortSignal): JobList {
  const stopped = aborted(stopping).then(() => {
    throw new Error('Stopping');
  });
  stopped.catch(() => undefined);
  const { isTTY, columns } = process.stdout;
  const isTerminal = isTTY && columns > 0;
  const list = new Listr([], {
    ...{ concurrent: true, exitOnError: false, registerSignalListeners: false },
    renderer: isTerminal ? 'default' : 'silent',
    rendererOptions: { collapseErrors: false, showErrorMessage: false, collapseSkips: false },
  });
  const jobs: Promise<unknown>[] = [];
  let drawing: Promise<unknown> | undefined;

  const say = (task: Task, title: string, text: string) => {
    if (stopping.aborted) return;
    if (isTerminal) task.output = text;
    else process.stdout.write(`${title}: ${text}\n`);
  };

  async function run<T>(task: Task, work: Work<T>, end: JobOptions<T>['end']): Promise<T> {
    const { title } = task;
    const seconds = stopwatch();
    let last = { text: 'starting', at: Date.now() };
    const show = (text: string) => {
      last = { text, at: Date.now() };
      say(task, title, text);
    };
    const beatMs = isTerminal ? BEAT_MS.terminal : BEAT_MS.lines;
    const beat = setInterval(() => {
      if (Date.now() - last.at < beatMs - 50) return;
      last.at = Date.now();
      say(task, title, `${last.text} (${seconds().toFixed(0)} s)`);
    }, beatMs);
    try {
      const result = await work(show);
      const text = `${end?.(result) ?? ''} [${seconds().toFixed(1)} s]`.trim();
      if (isTerminal) task.title = `${title}  ${text}`;
      else say(task, title, `ready ${text}`);
      return result;
    } catch (error) {
      if (!isTerminal) say(task, title, 'failed');
      throw error;
    } finally {
      clearInterval(beat);
    }
  }

  return {
    job<T>(title: string, work: Work<T>, { after = [], end }: JobOptions<T> = {}): Promise<T> {
      const running = new Promise<T>((resolve, reject) => {
        list.add({
          title,
          task: async (_context, task) => {
            const ready = Promise.all(after);
            const job = ready.then(() => Promise.race([run(task as Task, work, end), stopped]));
            job.then(resolve, reject);
            await ready.then(
              () => job,
              () => task.skip(),
            );
          },
        });
      });
      running.catch(() => undefined);
      jobs.push(running);
      // Begun when all jobs of this turn are there.
      drawing ??= Promise.resolve().then(() => list.run());
      return running;
    },
    async finished() {
      try {
        await Promise.all(jobs);
      } finally {
        if (isTerminal) await drawing;
      }
    },
  };
}

function stopwatch(): () => number {
  const began = Date.now();
  return () => (Date.now() - began) / 1000;
}
