interface StuckWorkflow {
  workflowId: string;
  step: string;
  failure: string;
  since: Date;
}

/** Workflows that are stuck at the same step for the same reason. */
export interface StuckGroup {
  step: string;
  failure: string;
  count: number;
  /** The few that wait longest, oldest first. */
  oldest: { workflowId: string; since: string }[];
}

const MAX_LINKS = 10;

/** Counts workflows by step and failure, and remembers the oldest of each: largest group first. */
export class StuckGroups {
  readonly #groups = new Map<string, StuckGroup>();

  add({ workflowId, step, failure, since }: StuckWorkflow): void {
    const key = `${step} ${failure}`;
    const group = this.#groups.get(key) ?? { step, failure, count: 0, oldest: [] };
    this.#groups.set(key, group);
    group.count++;
    group.oldest.push({ workflowId, since: since.toISOString() });
    group.oldest.sort((a, b) => a.since.localeCompare(b.since));
    group.oldest.splice(MAX_LINKS);
  }

  list(): StuckGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }
}
