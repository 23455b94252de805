import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { developmentAuth, signToken } from './launcher/credentials.ts';

const HELP = `Usage: npm run --silent token -- [USER] [--admin]

  USER     whose token; ana when left out, and admin with --admin
  --admin  with the role admin
`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { admin: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  const { admin, help } = values;
  const [user = admin ? 'admin' : 'ana'] = positionals;
  const { env } = process;
  const auth = developmentAuth(env, resolve(env.ORDERS_DATA_DIR || '.data'));
  process.stdout.write(help ? HELP : `${await signToken(auth, user, admin ? 'admin' : 'user')}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  process.exitCode = 2;
}
