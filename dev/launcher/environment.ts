import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/**
 * The environment with what .env, or the file that ORDERS_ENV_FILE names, adds to it. What is set
 * already wins; an empty value is none.
 */
export function loadEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const file = env.ORDERS_ENV_FILE || '.env';
  if (!existsSync(file)) return { ...env };
  const added = Object.entries(parseEnv(readFileSync(file, 'utf8'))).filter(([, text]) => text);
  return { ...Object.fromEntries(added), ...env };
}

/** @throws when something is missing that only production needs, before anything is started */
export function assertComplete(env: NodeJS.ProcessEnv): void {
  if (env.NODE_ENV !== 'production') return;
  const missing = ['REDIS_URL', 'RABBITMQ_URL'].filter((name) => !env[name]);
  if (missing.length === 0) return;
  throw new Error(
    `With NODE_ENV=production, ${missing.join(' and ')} must be set: a cache and a broker of your own. Set them, or unset NODE_ENV to have Redis and RabbitMQ set up.`,
  );
}
