import { errorLine } from '../processes/error-line.ts';

const INSTALL_METHODS = ['path', 'docker', 'download', 'registry'] as const;

/** How a server can be had, in the order in which it is tried. */
export type InstallMethod = (typeof INSTALL_METHODS)[number];

export interface Method<T> {
  kind: InstallMethod;
  /** As the user reads it: 'Docker image redis:7'. */
  name: string;
  try(): Promise<T>;
}

/** A method that did not work, and why, each in a line. */
export interface Tried {
  method: string;
  why: string;
}

/** No method led to a server. */
export class NoMethodError extends Error {
  readonly tried: Tried[];

  constructor(title: string, tried: Tried[], help: string) {
    const lines = tried.map(({ method, why }) => `  - ${method}: ${why}`);
    super([`${title} could not be set up. Tried:`, ...lines, `What helps: ${help}`].join('\n'));
    this.name = 'NoMethodError';
    this.tried = tried;
  }
}

/** What ORDERS_INSTALL_METHODS allows, such as `path,docker`; all of them when it is unset. */
export function allowedMethods(env: NodeJS.ProcessEnv): Set<InstallMethod> {
  if (!env.ORDERS_INSTALL_METHODS) return new Set(INSTALL_METHODS);
  const names = env.ORDERS_INSTALL_METHODS.split(',').map((name) => name.trim());
  return new Set(
    names.map((name) => {
      const known = INSTALL_METHODS.find((method) => method === name);
      if (known) return known;
      throw new Error(
        `ORDERS_INSTALL_METHODS may list ${INSTALL_METHODS.join(', ')}; not "${name}"`,
      );
    }),
  );
}

/**
 * Tries the methods in turn and returns what the first that works gives.
 *
 * @throws {NoMethodError} with each method's failure, when none works
 */
export async function firstThatWorks<T>(
  methods: Method<T>[],
  { title, help, env }: { title: string; help: string; env: NodeJS.ProcessEnv },
): Promise<T> {
  const allowed = allowedMethods(env);
  const tried: Tried[] = [];
  for (const method of methods) {
    if (!allowed.has(method.kind)) continue;
    try {
      return await method.try();
    } catch (error) {
      tried.push({ method: method.name, why: errorLine(error) });
    }
  }
  throw new NoMethodError(title, tried, help);
}
