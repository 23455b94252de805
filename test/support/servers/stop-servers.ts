import { rm } from 'node:fs/promises';
import { testServers } from './servers.ts';

export default async function tearDown(): Promise<void> {
  await globalThis.stopTestServers?.();
  await rm(testServers().dataDir, { recursive: true, force: true });
}
