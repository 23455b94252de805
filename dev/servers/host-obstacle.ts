import { connect } from 'node:net';

const REACH_MS = 4_000;

/**
 * Why a host cannot be downloaded from; undefined when it can be reached, or when there is a
 * proxy, which would know.
 */
export async function hostObstacle(
  host: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (env.HTTPS_PROXY || env.https_proxy) return undefined;
  const reached = await new Promise<boolean>((resolve) => {
    const socket = connect({ host, port: 443, timeout: REACH_MS });
    const finish = (ok: boolean) => {
      socket.destroy();
      resolve(ok);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
  return reached ? undefined : `${host} cannot be reached from here`;
}
