import { setTimeout as delay } from 'node:timers/promises';

/** Sends a signal to every process of a group; a group that is gone is fine. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Gone already.
  }
}

/**
 * Ends the processes of a group whose leader has exited and resolves once none is left. Bounded,
 * since without a proper init process in a container the dead can stay listed.
 */
export async function endGroup(group: number): Promise<void> {
  signalGroup(group, 'SIGKILL');
  for (let tries = 0; tries < 50 && isGroupAlive(group); tries++) await delay(20);
}

function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
