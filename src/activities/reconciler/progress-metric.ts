import { Gauge } from 'prom-client';
import type { ReconcileStore } from '../../store/reconcile-store.ts';

/** A scrape must not wait for a database that is down. */
const READ_LIMIT_MS = 1_000;

let readProgress: ReconcileStore['loadProgress'] = async () => undefined;
let reachedAt: number | undefined;

new Gauge({
  name: 'orders_reconciler_progress_age_seconds',
  help: 'How old the changes are that the reconciler has not looked at yet; absent before its first run',
  async collect() {
    reachedAt = (await readReached()) ?? reachedAt;
    if (reachedAt === undefined) this.remove();
    else this.set((Date.now() - reachedAt) / 1_000);
  },
});

/**
 * Measures the progress that this store has. It lies in MongoDB, so the age goes on growing while no
 * run, and no worker, is there.
 */
export function measureProgress(store: ReconcileStore): void {
  readProgress = () => store.loadProgress();
  reachedAt = undefined;
}

/** Milliseconds since the epoch; undefined when it cannot be read now. */
async function readReached(): Promise<number | undefined> {
  const limit = new Promise<undefined>((resolve) => {
    setTimeout(resolve, READ_LIMIT_MS, undefined).unref();
  });
  const progress = await Promise.race([readProgress().catch(() => undefined), limit]);
  if (progress === undefined) return undefined;
  return Math.min(Date.parse(progress.changedAfter.at), Date.parse(progress.closedSince));
}
