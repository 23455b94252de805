import type { Incoming } from '../shared/incoming.ts';
import { type Fault, type GarbageVariant, garbageVariants } from './fault.ts';
import { seededRandom } from './random.ts';
import { routePattern } from './route-pattern.ts';

/** A fault and how it fared: requests it could have met, and those it did. */
export type FaultReport = Fault & { id: string; matched: number; fired: number };

export interface FaultDecision {
  delayMs: number;
  fault?: FaultReport;
  variant: GarbageVariant;
}

interface Armed {
  report: FaultReport;
  pattern: RegExp | undefined;
  random: () => number;
}

/** The faults of one service, and the seeded decisions which requests they meet. */
export class FaultPlan {
  readonly #armed = new Map<string, Armed>();
  #added = 0;

  constructor(private readonly seed: string) {}

  /** Arms a fault; one with the same id is replaced and its counts start again. */
  add(fault: Fault): FaultReport {
    this.#added += 1;
    const id = fault.id ?? `fault-${this.#added}`;
    const report = { ...fault, id, matched: 0, fired: 0 };
    const pattern = fault.route === undefined ? undefined : routePattern(fault.route);
    this.#armed.set(id, { report, pattern, random: seededRandom(`${this.seed}:${id}`) });
    return report;
  }

  list(): FaultReport[] {
    return [...this.#armed.values()].map(({ report }) => report);
  }

  remove(id: string): FaultReport | undefined {
    const armed = this.#armed.get(id);
    this.#armed.delete(id);
    return armed?.report;
  }

  /** Disarms all faults and returns their last counts. */
  clear(): FaultReport[] {
    const reports = this.list();
    this.#armed.clear();
    return reports;
  }

  /** In the order they were added: latencies add up, and the first other fault that fires decides. */
  decide(request: Incoming): FaultDecision {
    const decision: FaultDecision = { delayMs: 0, variant: 'html' };
    for (const armed of this.#armed.values()) {
      if (!fires(armed, request)) continue;
      const { report, random } = armed;
      if (report.kind !== 'timeout') decision.delayMs += report.latencyMs ?? 0;
      if (report.kind === 'latency') continue;
      if (report.kind === 'garbage') decision.variant = report.variant ?? pick(random);
      return { ...decision, fault: report };
    }
    return decision;
  }
}

function fires({ report, pattern, random }: Armed, request: Incoming): boolean {
  const { line, orderId, orderIds } = request;
  const isAbout = (id: string) => id === orderId || orderIds.includes(id);
  if (report.orderId !== undefined && !isAbout(report.orderId)) return false;
  if (pattern && !pattern.test(line)) return false;
  report.matched += 1;
  if (report.times !== undefined && report.fired >= report.times) return false;
  if (random() >= report.probability) return false;
  report.fired += 1;
  return true;
}

function pick(random: () => number): GarbageVariant {
  return garbageVariants[Math.floor(random() * garbageVariants.length)] ?? 'html';
}
