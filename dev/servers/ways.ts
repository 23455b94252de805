import { errorLine } from '../processes/error-line.ts';

const WAY_NAMES = ['path', 'docker', 'download', 'registry'] as const;

/** The ways to get a server, in the order in which they are tried. */
export type WayName = (typeof WAY_NAMES)[number];

export interface Way<T> {
  kind: WayName;
  /** As the user reads it: 'Docker image redis:7'. */
  name: string;
  try(): Promise<T>;
}

/** A way that did not work, and why, each in a line. */
export interface Tried {
  way: string;
  why: string;
}

/** No way led to a server. */
export class NoWayError extends Error {
  readonly tried: Tried[];

  constructor(title: string, tried: Tried[], help: string) {
    const lines = tried.map(({ way, why }) => `  - ${way}: ${why}`);
    super([`${title} could not be set up. Tried:`, ...lines, `What helps: ${help}`].join('\n'));
    this.name = 'NoWayError';
    this.tried = tried;
  }
}

/** The ways that ORDERS_SERVER_WAYS allows, such as `path,docker`; all of them when it is unset. */
export function allowedWays(env: NodeJS.ProcessEnv): Set<WayName> {
  if (!env.ORDERS_SERVER_WAYS) return new Set(WAY_NAMES);
  const names = env.ORDERS_SERVER_WAYS.split(',').map((name) => name.trim());
  return new Set(
    names.map((name) => {
      const known = WAY_NAMES.find((way) => way === name);
      if (known) return known;
      throw new Error(`ORDERS_SERVER_WAYS may list ${WAY_NAMES.join(', ')}; not "${name}"`);
    }),
  );
}

/**
 * Tries the ways in turn and returns what the first that works gives.
 *
 * @throws {NoWayError} with each way's failure, when none works
 */
export async function firstThatWorks<T>(
  ways: Way<T>[],
  { title, help, env }: { title: string; help: string; env: NodeJS.ProcessEnv },
): Promise<T> {
  const allowed = allowedWays(env);
  const tried: Tried[] = [];
  for (const way of ways) {
    if (!allowed.has(way.kind)) continue;
    try {
      return await way.try();
    } catch (error) {
      tried.push({ way: way.name, why: errorLine(error) });
    }
  }
  throw new NoWayError(title, tried, help);
}
