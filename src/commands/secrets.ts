import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { ConfigError } from '../config/config.ts';
import { runAsProgram } from '../platform/lifecycle.ts';

const HELP = `Usage: npm run secrets -- [--print | FILE]

Writes new random secrets to FILE (.env when left out), readable by you alone. A file that exists is
left alone. --print writes them to the standard output, for a container:

    docker run --rm orders-service node dist/src/commands/secrets.js --print > .env
`;

/** All that the containers of production need. Letters and digits, as they become parts of URLs. */
const NAMES = [
  'JWT_SECRET',
  'POSTGRES_PASSWORD',
  'MONGODB_ROOT_PASSWORD',
  'MONGODB_PASSWORD',
  'MONGODB_API_PASSWORD',
  'MONGODB_WORKER_PASSWORD',
  'MONGODB_CODEC_PASSWORD',
  'REDIS_PASSWORD',
  'RABBITMQ_PASSWORD',
];
/** With an id before each key, as there will be more of them. */
const PAYLOAD_KEYS = 'TEMPORAL_PAYLOAD_KEYS';
const BYTES = 32;

/** Lines of an .env file: a value of 256 random bits for each name. */
function newSecrets(): string {
  const random = () => randomBytes(BYTES).toString('hex');
  const secrets = NAMES.map((name) => `${name}=${random()}`);
  return [...secrets, `${PAYLOAD_KEYS}=1:${random()}`].map((line) => `${line}\n`).join('');
}

/** Answers what to tell. Throws ConfigError for a file that exists or cannot be written. */
function makeSecrets(target: string): string {
  if (target === '--help') return HELP;
  if (target === '--print') return newSecrets();
  try {
    writeFileSync(target, newSecrets(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError(code === 'EEXIST' ? `${target} exists, and is left as it is` : message);
  }
  return `${target} has new secrets: ${[...NAMES, PAYLOAD_KEYS].join(', ')}\n`;
}

await runAsProgram(import.meta.url, async () => {
  process.stdout.write(makeSecrets(process.argv[2] ?? '.env'));
  process.exit(0);
});
