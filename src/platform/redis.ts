import type { Socket } from 'node:net';
import { Redis } from 'ioredis';
import { Counter } from 'prom-client';
import type { Logger } from './logger.ts';

export type { Redis };

const PATIENCE_MS = 100;
const REMIND_MS = 60_000;

const failures = new Counter({
  name: 'orders_redis_failures_total',
  help: 'Connections to Redis that failed, and commands that it did not answer',
  labelNames: ['kind'],
});
// Else the first failure would be no increase.
for (const kind of ['connection', 'command']) failures.inc({ kind }, 0);

/**
 * A connection that never makes its user wait. Without an answer for 100 ms it is given up, and
 * until there is a new one, which a server that is frozen does not give, commands fail at once.
 */
export function connectRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    connectTimeout: 1_000,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, 2_000),
    keyPrefix: 'orders:v1:',
  });
  redis.on('error', (error: Error) => {
    failures.inc({ kind: 'connection' });
    log.warn({ err: error }, 'Redis connection');
  });
  watchCommands(redis, log);
  return redis;
}

/**
 * Ends the connection if a command has no answer in time. A process that was busy itself has not read it
 * yet: it gets as much time again.
 */
function endUnanswered(redis: Redis, answer: Promise<unknown>): void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const due = performance.now() + PATIENCE_MS;
    timer = setTimeout(() => {
      if (performance.now() - due > PATIENCE_MS / 2) wait();
      else streamOf(redis)?.destroy(new Error(`no answer for ${PATIENCE_MS} ms`));
    }, PATIENCE_MS).unref();
  };
  wait();
  const end = () => clearTimeout(timer);
  answer.then(end, end);
}

/** ioredis has no other way to end a connection whose server does not answer, and to have a new one. */
function streamOf(redis: Redis): Socket | undefined {
  return (redis as unknown as { stream?: Socket }).stream;
}

/** Their callers go on without Redis and say nothing: it is counted here, and told now and then. */
function watchCommands(redis: Redis, log: Logger): void {
  const { sendCommand } = redis;
  let toldAt = Number.NEGATIVE_INFINITY;
  const failed = (error: Error) => {
    // An answer, if a refusing one.
    if (error.name === 'ReplyError') return;
    failures.inc({ kind: 'command' });
    if (performance.now() - toldAt < REMIND_MS) return;
    toldAt = performance.now();
    log.warn({ err: error }, 'Redis does not answer commands');
  };
  redis.sendCommand = (command, stream) => {
    command.promise.catch(failed);
    endUnanswered(redis, command.promise);
    return sendCommand.call(redis, command, stream);
  };
}
