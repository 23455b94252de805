import { setTimeout as delay } from 'node:timers/promises';
import type { OperationLog } from './operation-log.ts';
import { Random } from './random.ts';
import { type ChaosStack, services } from './stack/stack.ts';

type Act = () => Promise<void>;

interface NemesisOptions {
  seed: string;
  everyMs: number;
  stopping: AbortSignal;
}

/** What each downstream service is made to do; probabilities and kinds are the simulators'. */
const serviceFaults = [
  { kind: 'errorBefore', probability: 0.3 },
  { kind: 'errorAfter', probability: 0.3 },
  { kind: 'timeout', probability: 0.15, latencyMs: 15_000, effect: 'before' },
  { kind: 'timeout', probability: 0.15, latencyMs: 15_000, effect: 'after' },
  { kind: 'garbage', probability: 0.3 },
  { kind: 'latency', probability: 0.5, latencyMs: 800 },
] as const;

/** Harms one thing after the other, as the seed says, and repairs each after a while. */
export class Nemesis {
  readonly #random: Random;
  readonly #repairs = new Map<string, Act>();

  constructor(
    private readonly stack: ChaosStack,
    private readonly log: OperationLog,
    private readonly options: NemesisOptions,
  ) {
    this.#random = new Random(`${options.seed}:nemesis`);
  }

  async work(): Promise<void> {
    const { everyMs, stopping } = this.options;
    while (!stopping.aborted) {
      await delay(this.#random.untilNext(everyMs), undefined, { signal: stopping }).catch(() => {});
      if (!stopping.aborted) await this.#harm();
    }
  }

  /** Repairs all that is still harmed. */
  async heal(): Promise<void> {
    await Promise.all([...this.#repairs.values()].map((repair) => repair()));
    await Promise.all(services.map((service) => this.#clearFaults(service)));
  }

  async #harm(): Promise<void> {
    const way = this.#random.pick([
      'kill',
      'kill',
      'kill',
      'freeze',
      'network',
      'service',
      'stepDown',
    ]);
    const forMs = this.#random.between(300, 4_000);
    if (way === 'network') return this.#network(forMs);
    if (way === 'service') return this.#service(forMs * 2);
    if (way === 'stepDown') return this.#stepDown();
    const target = this.#random.pick(this.stack.targets);
    const { name } = target;
    if (this.#repairs.has(name)) return;
    this.#record(way, name, forMs);
    if (way === 'freeze') {
      target.freeze();
      return this.#later(name, forMs, async () => target.thaw());
    }
    await target.kill();
    this.#later(name, forMs, () => target.start());
  }

  async #network(forMs: number): Promise<void> {
    const [name, proxy] = this.#random.pick([...this.stack.proxies]);
    const way = this.#random.pick(['cut', 'up', 'down']);
    const repair = `network of ${name}`;
    if (this.#repairs.has(repair)) return;
    this.#record(`network ${way}`, name, way === 'cut' ? 0 : forMs);
    if (way === 'cut') return proxy.cut();
    proxy.block(way);
    this.#later(repair, forMs, async () => proxy.restore());
  }

  async #service(forMs: number): Promise<void> {
    const service = this.#random.pick(services);
    const fault = this.#random.pick(serviceFaults);
    const key = `faults of ${service}`;
    if (this.#repairs.has(key)) return;
    const response = await fetch(`${this.stack.serviceUrls[service]}/admin/faults`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...fault, route: routes[service] }),
      signal: AbortSignal.timeout(2_000),
    }).catch(() => undefined);
    if (!response?.ok) return;
    this.#record(fault.kind, service, forMs);
    this.#later(key, forMs, () => this.#clearFaults(service));
  }

  /** The faults that are taken away have said how often they fired. */
  async #clearFaults(service: (typeof services)[number]): Promise<void> {
    const url = `${this.stack.serviceUrls[service]}/admin/faults`;
    const response = await fetch(url, {
      method: 'DELETE',
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined);
    if (!response?.ok) return;
    const { faults } = (await response.json()) as { faults: { kind: string; fired: number }[] };
    for (const { kind, fired } of faults) this.#record(`${kind} fired`, service, 0, fired);
  }

  /** The primary steps down, and refuses writes until it is chosen again. */
  async #stepDown(): Promise<void> {
    const admin = this.stack.database.admin();
    const done = admin.command({ replSetStepDown: 3, force: true }).then(
      () => true,
      // Older servers end the connections instead of answering.
      (error: Error) => /connection|closed/.test(error.message),
    );
    if (await Promise.race([done, delay(3_000, false)]))
      this.#record('step down', 'mongodb', 3_000);
  }

  #later(key: string, forMs: number, repair: Act): void {
    const once = async () => {
      if (!this.#repairs.has(key)) return;
      await repair();
      this.#repairs.delete(key);
    };
    let running: Promise<void> | undefined;
    const shared = () => {
      running ??= once();
      return running;
    };
    this.#repairs.set(key, shared);
    setTimeout(() => void shared().catch(() => undefined), forMs);
  }

  #record(via: string, target: string, forMs: number, answer?: unknown): void {
    const at = Date.now();
    this.log.add({ kind: 'fault', at, ms: forMs, via: `${via}: ${target}`, status: 200, answer });
  }
}

const routes = {
  auth: 'GET /api/*',
  products: 'POST /api/*',
  inventory: undefined,
  payments: undefined,
} as const;
