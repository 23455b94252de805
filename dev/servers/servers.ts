import { NoMethodError, type Tried } from './install-methods.ts';
import { type MongodbServer, startMongodb } from './mongodb/server.ts';
import { type RabbitmqServer, startRabbitmq } from './rabbitmq/server.ts';
import { type RedisServer, startRedis } from './redis.ts';
import {
  createServerContext,
  type ServerContext,
  type ServerName,
  type ServersOptions,
  type Started,
} from './server-context.ts';
import { startTemporal, type TemporalServer } from './temporal/server.ts';

interface ServerTypes {
  temporal: TemporalServer & { how: string };
  mongodb: MongodbServer & { how: string };
  redis: RedisServer & { how: string };
  rabbitmq: RabbitmqServer & { how: string };
}

type OptionalServer = 'redis' | 'rabbitmq';

/** The servers asked for, with where each is and how it was had. */
export type Servers<N extends ServerName = ServerName> = {
  [Name in Exclude<N, OptionalServer>]: ServerTypes[Name];
} & {
  [Name in Extract<N, OptionalServer>]?: ServerTypes[Name];
} & {
  /** Optional ones that could not be had. */
  missing: { name: ServerName; tried: Tried[] }[];
  /** Stops what was started here, all at once; external ones run on. */
  stop(): Promise<void>;
};

const ALL: ServerName[] = ['temporal', 'mongodb', 'redis', 'rabbitmq'];

/**
 * Finds or sets up the servers and starts them, all at once, and resolves when each is ready.
 *
 * @throws when Temporal or MongoDB cannot be had, an external server does not
 * answer, or a port that the user asked for is taken. Others may be starting then:
 * `processes.stopAll()` ends them.
 */
export async function startServers<N extends ServerName = ServerName>(
  options: ServersOptions & { /** All of them by default. */ only?: N[] },
): Promise<Servers<N>> {
  const starters: Record<ServerName, (context: ServerContext) => Promise<Started<object>>> = {
    temporal: startTemporal,
    mongodb: (context) => startMongodb(context, options.database),
    redis: startRedis,
    rabbitmq: startRabbitmq,
  };
  const missing: Servers['missing'] = [];
  const started = await Promise.all(
    (options.only ?? ALL).map(async (name) => {
      const context = createServerContext(options, name);
      try {
        return { name, ...(await starters[name](context)) };
      } catch (error) {
        if (!(error instanceof NoMethodError) || name === 'temporal' || name === 'mongodb')
          throw error;
        context.report('missing', error.message);
        missing.push({ name, tried: error.tried });
        return undefined;
      }
    }),
  );
  const running = started.filter((server) => server !== undefined);
  return {
    ...Object.fromEntries(running.map(({ name, server }) => [name, server])),
    missing,
    stop: async () => {
      await Promise.all(running.map(({ stop }) => stop()));
    },
  } as Servers<N>;
}
