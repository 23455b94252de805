import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGrpcProxy } from '../lost-tasks/grpc-proxy.ts';
import { Losses } from '../lost-tasks/losses.ts';
import { complete, withPolicy } from '../lost-tasks/play.ts';
import { type Path, TestOrder } from '../lost-tasks/test-order.ts';
import { type OutsideProcess, runOutside } from '../programs/outside.ts';
import { type Stack, startStack } from '../stack.ts';

/** Where the worker of an order is killed, and how to say it. */
export interface KillPoint {
  name: string;
  /** A call that leaves by a socket, or the report of a task to Temporal. */
  at: 'effect' | 'report';
}

const MOMENTS = ['before it is sent', 'when it is sent', 'before its answer is read'];
const hook = new URL('./socket-hook.mjs', import.meta.url).href;

/** A service of its own, with one worker at a time and one order at a time. */
export class Lane {
  readonly #closing: (() => Promise<unknown>)[] = [];
  readonly #losses = new Losses();
  #stack: Stack | undefined;
  #temporalAddress = '';
  #folder = '';

  async open(): Promise<this> {
    const stack = await startStack({ retryMs: 20_000 }, { worker: false, deadlineMs: 60_000 });
    this.#closing.push(() => stack.stop());
    const proxy = await startGrpcProxy(stack.workerEnv.TEMPORAL_ADDRESS, this.#losses.judges);
    this.#closing.push(() => proxy.close());
    this.#folder = await mkdtemp(join(tmpdir(), 'kill-points-'));
    this.#closing.push(() => rm(this.#folder, { recursive: true }));
    this.#stack = stack;
    this.#temporalAddress = proxy.address;
    return this;
  }

  async close(): Promise<void> {
    for (let close = this.#closing.pop(); close; close = this.#closing.pop()) await close();
  }

  /** Every point that an order passes whose worker lives. */
  async points(path: Path): Promise<KillPoint[]> {
    const { order, effects } = await this.#play(path);
    const reports = this.#losses.points(order.orderId);
    return [
      ...effects.flatMap((effect) =>
        MOMENTS.map((moment): KillPoint => ({ name: `${effect}, ${moment}`, at: 'effect' })),
      ),
      ...reports.map((name): KillPoint => ({ name, at: 'report' })),
    ];
  }

  /** Plays an order whose worker is killed at a point and replaced. Throws what was not kept. */
  async killAt(path: Path, point: KillPoint): Promise<boolean> {
    const { order, effects } = await this.#play(path, point);
    return point.at === 'effect'
      ? effects.includes('killed')
      : this.#losses.hasFired(order.orderId);
  }

  async #play(path: Path, point?: KillPoint): Promise<{ order: TestOrder; effects: string[] }> {
    const order = new TestOrder(withPolicy(this.stack, path), path, path.isAlone);
    const file = join(this.#folder, order.orderId);
    let worker = this.#startWorker(file, point?.at === 'effect' ? point.name : undefined);
    let isOver = false;
    const kept = (async () => {
      for (;;) {
        const code = await worker.exited;
        if (isOver) return;
        if (code !== null) throw new Error(`the worker ended with ${code}:\n${worker.output()}`);
        worker = this.#startWorker(file);
      }
    })();
    const loss = point?.at === 'report' && { point: point.name, meanwhile: () => worker.kill() };
    this.#losses.watch(order.orderId, loss || undefined);
    try {
      await order.place();
      await Promise.race([complete(order), kept]);
      const effects = (await readFile(file, 'utf8')).trimEnd().split('\n');
      return { order, effects };
    } finally {
      isOver = true;
      await worker.kill();
      await kept.catch(() => undefined);
    }
  }

  get stack(): Stack {
    if (this.#stack === undefined) throw new Error('the lane is not open');
    return this.#stack;
  }

  #startWorker(file: string, killAt?: string): OutsideProcess {
    return runOutside('src/worker.ts', [], {
      ...this.stack.workerEnv,
      TEMPORAL_ADDRESS: this.#temporalAddress,
      NODE_OPTIONS: `--import ${hook}`,
      KILL_POINTS_FILE: file,
      KILL_AT: killAt,
    });
  }
}
