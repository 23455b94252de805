import { resolve } from 'node:path';
import { readArguments } from './command-line.ts';
import { developmentAuth, signToken } from './launcher/credentials.ts';

const HELP = `Usage: npm run --silent token -- [USER] [--admin]

  USER     whose token; ana when left out, and admin with --admin
  --admin  with the role admin
`;

const { admin, user } = readArguments(
  HELP,
  { allowPositionals: true, options: { admin: { type: 'boolean', default: false } } },
  ({ admin }, [user = admin ? 'admin' : 'ana']) => ({ admin, user }),
);
const { env } = process;
const auth = developmentAuth(env, resolve(env.ORDERS_DATA_DIR || '.data'));
process.stdout.write(`${await signToken(auth, user, admin ? 'admin' : 'user')}\n`);
