import type { DevelopmentAuth } from '../launcher/credentials.ts';
import type { LaunchedStack } from '../launcher/stack.ts';
import { createGuide } from './guide.ts';
import { happyPath } from './happy-path.ts';
import { outage } from './outage.ts';
import { refusals } from './refused-orders.ts';
import { openShop } from './shop.ts';

/** Plays the product on a stack that runs, and answers the exit code: 0 when all was as it said. */
export async function playTour(
  stack: LaunchedStack,
  auth: DevelopmentAuth,
  say: (text: string) => void,
): Promise<number> {
  const began = performance.now();
  const shop = await openShop(stack, auth);
  const guide = createGuide(say);
  for (const part of [happyPath, refusals, outage]) await part({ stack, shop, guide });

  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { failed } = guide;
  if (failed.length === 0) say(`\nEvery step did what it said. ${seconds} s.`);
  else say(`\nNot as it should be, after ${seconds} s:\n${failed.join('\n')}`);
  return failed.length === 0 ? 0 : 1;
}
