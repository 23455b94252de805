import { resolve } from 'node:path';
import { developmentAuth } from './launcher/credentials.ts';
import { loadEnvironment } from './launcher/environment.ts';
import { launch } from './launcher/launch.ts';
import { findRunningStack } from './launcher/stack-file.ts';
import { playTour } from './tour/play.ts';

const say = (text: string) => void process.stdout.write(`${text}\n`);

// What `npm start` started is shown as it runs; without it, everything is started for the tour.
const env = loadEnvironment(process.env);
const dataDir = resolve(env.ORDERS_DATA_DIR || '.data');
const running = await findRunningStack(dataDir);
if (running) {
  say(`A tour of what npm start has started: ${running.apiUrl}`);
  process.exit(await playTour(running, developmentAuth(env, dataDir), say));
} else {
  say('npm start does not run, so everything is started for the tour, and stopped after it.\n');
  await launch({ fresh: false, once: true, watch: false, visit: playTour });
}
