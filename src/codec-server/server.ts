import { type CodecConfig, loadCodecConfig } from '../config/config.ts';
import { createCodec } from '../payloads/data-converter.ts';
import { listen } from '../platform/http-server.ts';
import { type Program, runAsProgram } from '../platform/lifecycle.ts';
import { createLogger } from '../platform/logger.ts';
import { openStore } from '../store/open-store.ts';
import { createCodecApp } from './app.ts';

const CLOSE_MS = 2_000;

/** Starts the server that decodes payloads for the Web UI. It reads MongoDB, and writes nothing. */
export async function startCodecServer(config: CodecConfig): Promise<Program & { port: number }> {
  const log = createLogger('codec-server', config.LOG_LEVEL);
  const database = await openStore(config.MONGODB_URI, { log });
  const codec = createCodec(config, database);
  if (codec === undefined) throw new Error('there are no keys');
  const app = createCodecApp({ codec, config, log });
  const server = await listen(app.fetch, { port: config.CODEC_PORT, host: config.HOST });
  log.info({ port: server.port }, 'the codec server listens');
  return {
    port: server.port,
    stopMs: config.SHUTDOWN_GRACE_MS + CLOSE_MS,
    async stop() {
      await server.stop(config.SHUTDOWN_GRACE_MS);
      await database.close();
      log.info('the codec server stopped');
    },
  };
}

await runAsProgram(import.meta.url, async () => startCodecServer(loadCodecConfig()));
