import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** The environment with what .env adds to it; what is set already wins, an empty value is none. */
export function loadDotEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (!existsSync('.env')) return { ...env };
  const added = Object.entries(parseEnv(readFileSync('.env', 'utf8'))).filter(([, text]) => text);
  return { ...Object.fromEntries(added), ...env };
}
