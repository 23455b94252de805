const WIDTH = 76;

/** Tells what is done while it is done, and remembers which parts did not go as they said. */
export interface Guide {
  /** A part that stands for itself: when one of its steps fails, the next part is played. */
  chapter(title: string, play: () => Promise<void>): Promise<void>;
  /** Does one thing, and says what came of it and how long it took. */
  step<T>(what: string, work: () => Promise<T>, outcome?: (value: T) => string): Promise<T>;
  /** Something that is only told. */
  note(text: string): void;
  readonly failed: readonly string[];
}

export function createGuide(say: (text: string) => void): Guide {
  const failed: string[] = [];
  let chapters = 0;

  return {
    failed,
    note: (text) => say(`    ${text}`),

    async chapter(title, play) {
      chapters += 1;
      say(`\n${chapters}. ${title}`);
      try {
        await play();
      } catch (error) {
        failed.push(`${chapters}. ${title}`);
        say(`  ✖ ${error instanceof Error ? error.message : error}`);
      }
    },

    async step(what, work, outcome = () => '') {
      const began = performance.now();
      try {
        const value = await work();
        const told = [what, outcome(value)].filter(Boolean).join(': ');
        say(
          `  ✔ ${told.padEnd(WIDTH)} ${String(Math.round(performance.now() - began)).padStart(6)} ms`,
        );
        return value;
      } catch (error) {
        throw new Error(`${what}: ${error instanceof Error ? error.message : error}`);
      }
    },
  };
}

/** @throws when something is not as it was said */
export function must<T>(what: string, actual: T, expected: T): void {
  if (actual === expected) return;
  throw new Error(`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
}
