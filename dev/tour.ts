import { resolve } from 'node:path';
import { developmentAuth } from './launcher/credentials.ts';
import { launch } from './launcher/launch.ts';
import { findRunningStack } from './launcher/stack-file.ts';
import { playTour } from './tour/play.ts';

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** The links that are shown lead nowhere once everything is stopped. */
const visit: typeof playTour = async (...args) => {
  const exitCode = await playTour(...args);
  say('The orders stay in the data folder: while npm start runs, the links above show them.\n');
  return exitCode;
};

// What `npm start` started is shown as it runs; without it, everything is started for the tour.
const { env } = process;
const dataDir = resolve(env.ORDERS_DATA_DIR || '.data');
const running = await findRunningStack(dataDir);
if (running) {
  say(`A tour of what npm start has started: ${running.apiUrl}`);
  process.exit(await playTour(running, developmentAuth(env, dataDir), say));
} else {
  say('npm start does not run, so everything is started for the tour, and stopped after it.\n');
  await launch({ fresh: false, once: true, watch: false, visit });
}
