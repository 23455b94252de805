import { Listr, type ListrTaskWrapper } from 'listr2';
import type { Display } from './display.ts';

type Task = Pick<ListrTaskWrapper<unknown, never, never>, 'title' | 'output' | 'skip'>;

/** A list that is redrawn in place, with a spinner for each job that runs. */
export function createTerminalDisplay(): Display {
  const list = new Listr([], {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    rendererOptions: { collapseErrors: false, showErrorMessage: false, collapseSkips: false },
  });
  let drawing: Promise<unknown> | undefined;
  return {
    beatMs: 1_000,
    add(title, running) {
      let task: Task | undefined;
      const shown = { title, output: '' };
      list.add({
        title,
        task: async (_context, drawn) => {
          task = Object.assign(drawn as Task, shown);
          await running;
        },
      });
      // Drawn when all jobs of this turn are there.
      drawing ??= Promise.resolve().then(() => list.run());
      return {
        show(text) {
          shown.output = text;
          Object.assign(task ?? {}, shown);
        },
        done(text) {
          shown.title = `${title}  ${text}`;
          Object.assign(task ?? {}, shown);
        },
        failed: () => undefined,
        skipped: () => task?.skip(),
      };
    },
    async close() {
      await drawing;
    },
  };
}
