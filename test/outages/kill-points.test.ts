import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KillPoint, Lane } from '../support/kill-points/lane.ts';
import { paths } from '../support/lost-tasks/paths.ts';

/** "all", or a pattern for the names of cases; a few of them without it. */
const chosen = process.env.KILL_POINTS;
const SAMPLE =
  /^paid and shipped; (POST \/api\/payments #1, before its|insert orders #1, when|publish order.paid #1, before it is|activity: success of chargePayment)/;
const PATHS = [
  'paid and shipped',
  'declined',
  'out of stock',
  'transfer received',
  'cancelled after it was paid',
  'given up at the reservation',
];
const LANES = 3;

const lanes = Array.from({ length: LANES }, () => new Lane());
beforeAll(async () => {
  await Promise.all(lanes.map((lane) => lane.open()));
}, 120_000);
afterAll(async () => {
  for (const lane of lanes) await lane.close();
}, 120_000);

const played = paths.filter(({ name }) =>
  chosen === undefined ? name === 'paid and shipped' : PATHS.includes(name),
);

describe('wherever the worker of an order is killed', () => {
  it.each(played)(
    'the next one keeps all promises: $name',
    async (path) => {
      const nameOf = ({ name }: KillPoint) => `${path.name}; ${name}`;
      const points = await (lanes[0] as Lane).points(path);
      const cases = points.filter((point) => isChosen(nameOf(point)));
      expect(points).not.toEqual([]);
      const waiting = [...cases];
      const failures: string[] = [];
      await Promise.all(
        lanes.map(async (lane) => {
          for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
            const failure = await failureOf(() => lane.killAt(path, point));
            if (failure === undefined) continue;
            failures.push(`${nameOf(point)}\n${failure}`);
            // A full run is long: whoever watches it sees at once what fails.
            process.stderr.write(`${failures.at(-1)}\n`);
          }
        }),
      );
      process.stderr.write(
        `${path.name}: ${points.length} points, ${cases.length} cases, ${failures.length} failed\n`,
      );
      if (failures.length > 0) throw new Error(failures.join('\n\n'));
    },
    3_600_000,
  );
});

function isChosen(name: string): boolean {
  if (chosen === 'all') return true;
  return (chosen === undefined ? SAMPLE : new RegExp(chosen)).test(name);
}

const TRIES = 3;

/** How far one report brings an order may differ, so a case may miss its point. */
async function failureOf(play: () => Promise<boolean>): Promise<string | undefined> {
  try {
    for (let tries = 0; tries < TRIES; tries++) if (await play()) return undefined;
    return 'the point was never reached';
  } catch (error) {
    const { message, cause } = error as Error;
    return cause === undefined ? message : `${message}: ${cause}`;
  }
}
