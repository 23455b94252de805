import { Listr, PRESET_TIMER } from 'listr2';

export interface Job {
  title: string;
  /** Does the work; `show` tells what it is at, its result how it ended. */
  run(show: (text: string) => void): Promise<string | undefined>;
}

/** Runs jobs at the same time and shows them: alive in a terminal, as plain lines elsewhere. */
export async function runJobs(jobs: Job[]): Promise<void> {
  const tasks = new Listr(
    jobs.map((job) => ({
      title: job.title,
      task: async (_context, task) => {
        const end = await job.run((text) => {
          task.output = text;
        });
        if (end) task.title = `${job.title}  ${end}`;
      },
    })),
    {
      concurrent: true,
      exitOnError: true,
      registerSignalListeners: false,
      renderer: 'default',
      fallbackRenderer: 'simple',
      rendererOptions: { timer: PRESET_TIMER, collapseErrors: false, showErrorMessage: false },
      fallbackRendererOptions: { timer: PRESET_TIMER },
    },
  );
  await tasks.run();
}
