import { errorLine } from '../processes/error-line.ts';
import type { ServerContext, Started } from './server-context.ts';

/**
 * A server that the user runs and names in the environment: used as it is, and left running.
 *
 * @throws naming the variable when it does not answer; then nothing else is tried, since starting
 * another server would not be what was asked for
 */
export async function useExternal<T>(
  context: ServerContext,
  variable: string,
  probe: () => Promise<unknown>,
  server: T,
): Promise<Started<T>> {
  context.report('looking', variable);
  try {
    await probe();
  } catch (error) {
    throw new Error(
      `${variable} is set, but no server answers there (${errorLine(error)}). Start it, correct ${variable}, or unset it to have one set up.`,
    );
  }
  context.report('ready', variable);
  return { server: { ...server, how: variable }, stop: async () => undefined };
}
