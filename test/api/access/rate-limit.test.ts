import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Hono } from 'hono';
import { register } from 'prom-client';
import { type ApiEnv, authenticate } from '../../../src/api/middleware/authenticate.ts';
import { rateLimit } from '../../../src/api/middleware/rate-limit.ts';
import { problemResponse } from '../../../src/api/problems/problem.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import { connectRedis, type Redis } from '../../../src/platform/redis.ts';
import { testAuth, token } from '../../support/api/tokens.ts';
import { eventually } from '../../support/eventually.ts';
import { type OwnServers, startOwnServers } from '../../support/servers/own-servers.ts';

const lines: string[] = [];
const log = createLogger('test', 'info', { write: (line) => void lines.push(line) });
const connections: Redis[] = [];
let own: OwnServers;
beforeAll(async () => {
  own = await startOwnServers(['redis']);
}, 60_000);
afterAll(async () => {
  for (const redis of connections) redis.disconnect();
  await own?.stop();
}, 60_000);

async function redisFailures(kind: string): Promise<number> {
  const metric = await register.getSingleMetric('orders_redis_failures_total')?.get();
  return metric?.values.find(({ labels }) => labels.kind === kind)?.value ?? 0;
}

async function connect(): Promise<Redis> {
  const redis = connectRedis(own.servers.redisUrl ?? '', log);
  connections.push(redis);
  await eventually(() => expect(redis.status).toBe('ready'));
  return redis;
}

/** An API that lets a user make three requests a minute, and an admin five; it counts its work. */
function api(redis: Redis | undefined) {
  const app = new Hono<ApiEnv>();
  const limits = {
    RATE_LIMIT_USER_PER_MINUTE: 3,
    RATE_LIMIT_ADMIN_PER_MINUTE: 5,
    RATE_LIMIT_PLACEMENTS_PER_MINUTE: 3,
  };
  let worked = 0;
  app.onError((error, context) => problemResponse(error, context, log));
  app.use(authenticate(testAuth, log), rateLimit(limits, redis));
  app.get('/', (context) => context.json({ worked: ++worked }));
  return {
    worked: () => worked,
    ask: async (sub: string, role = 'user') =>
      app.request('/', { headers: { Authorization: `Bearer ${await token({ sub, role })}` } }),
    async statuses(sub: string, times: number, role = 'user') {
      const statuses: number[] = [];
      while (statuses.length < times) statuses.push((await this.ask(sub, role)).status);
      return statuses;
    },
  };
}
type Api = ReturnType<typeof api>;

const OVER = [200, 200, 200, 429, 429];

describe.each([
  ['in Redis', async () => api(await connect())],
  ['in the process, without Redis', async () => api(undefined)],
])('requests are counted %s', (_where, start) => {
  let one: Api;
  beforeAll(async () => {
    one = await start();
  });

  it('for each user, and refused before any work is done', async () => {
    const [ana, luis] = [randomUUID(), randomUUID()];
    expect(await one.statuses(ana, 5)).toEqual(OVER);
    expect(one.worked()).toBe(3);
    expect(await one.statuses(luis, 1)).toEqual([200]);
  });

  it('for admins with a budget of their own', async () => {
    expect(await one.statuses(randomUUID(), 6, 'admin')).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it('and every answer says what is left', async () => {
    const ana = randomUUID();
    const first = await one.ask(ana);
    expect(first.headers.get('RateLimit-Policy')).toBe('"user";q=3;w=60');
    expect(first.headers.get('RateLimit')).toMatch(/^"user";r=2;t=\d\d$/);
    await one.statuses(ana, 2);
    const refused = await one.ask(ana);
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'rate_limited' }]);
    expect(refused.headers.get('RateLimit')).toMatch(/^"user";r=0;t=\d\d$/);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
  });
});

describe('Redis', () => {
  it('counts for all processes together', async () => {
    const [one, other] = [api(await connect()), api(await connect())];
    // Again if Redis was given up temporarily, as it may be on a busy machine.
    await eventually(async () => {
      const ana = randomUUID();
      expect(await one.statuses(ana, 2)).toEqual([200, 200]);
      expect(await other.statuses(ana, 2)).toEqual([200, 429]);
    });
  });

  it('that is frozen is asked once, and no more until it answers; limits hold all the while', async () => {
    const redis = await connect();
    const one = api(redis);
    const ana = randomUUID();
    const before = await redisFailures('command');
    own.freeze('redis');
    expect(await one.statuses(ana, 1)).toEqual([200]);
    await eventually(() => expect(redis.status).not.toBe('ready'));
    expect((await redisFailures('command')) - before).toBeGreaterThan(0);
    expect(lines.join()).toContain('Redis does not answer commands');
    const sent: string[] = [];
    const { sendCommand } = redis;
    redis.sendCommand = (command, stream) => {
      sent.push(command.name);
      return sendCommand.call(redis, command, stream);
    };
    expect(await one.statuses(ana, 4)).toEqual([200, 200, 429, 429]);
    expect(sent.filter((name) => name !== 'info')).toEqual([]);
    own.thaw('redis');
    await eventually(() => expect(redis.status).toBe('ready'));
    await one.statuses(ana, 1);
    expect(sent).toContain('evalsha');
  });

  it('that goes has its counts in the process too', async () => {
    const redis = await connect();
    const one = api(redis);
    const ana = randomUUID();
    expect(await one.statuses(ana, 2)).toEqual([200, 200]);
    own.freeze('redis');
    try {
      expect(await one.statuses(ana, 2)).toEqual([200, 429]);
    } finally {
      own.thaw('redis');
    }
  });

  it('is not taken for down by a process that was busy itself', async () => {
    const redis = await connect();
    const before = await redisFailures('command');
    const answer = redis.get('nothing');
    // Its answer comes while nobody reads it.
    setImmediate(() => {
      for (const end = performance.now() + 400; performance.now() < end; );
    });
    expect(await answer).toBeNull();
    expect(redis.status).toBe('ready');
    expect(await redisFailures('command')).toBe(before);
  });

  it('that has gone refuses nobody, and limits hold', async () => {
    const one = api(await connect());
    const before = await redisFailures('connection');
    await own.kill('redis');
    await eventually(() => expect(connections.at(-1)?.status).not.toBe('ready'));
    expect(await one.statuses(randomUUID(), 5)).toEqual(OVER);
    await eventually(async () => {
      expect((await redisFailures('connection')) - before).toBeGreaterThan(0);
    });
  });
});
