import type { Display } from './display.ts';

/** For logs and pipes: a line for each thing that happens, which names what it is about. */
export function createPlainDisplay(): Display {
  return {
    beatMs: 15_000,
    add(title) {
      const say = (text: string) => void process.stdout.write(`${title}: ${text}\n`);
      return {
        show: say,
        done: (text) => say(`ready ${text}`),
        failed: () => say('failed'),
        skipped: () => undefined,
      };
    },
    close: async () => undefined,
  };
}
