import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorLine } from './processes/error-line.ts';
import { whyInstall } from './processes/node-modules.mjs';
import { isPortFree } from './processes/ports.ts';
import { runCommand } from './processes/run-command.ts';
import { serverAvailability } from './servers/availability.ts';
import { dockerObstacle } from './servers/docker.ts';
import { cacheFolder } from './servers/install/cache-folder.ts';
import { folderMegabytes, freeMegabytes } from './servers/install/folder-size.ts';
import { onPath } from './servers/path-lookup.ts';

/** `ok` and `note` are fine; `bad` means that `npm start` cannot be expected to work. */
interface Finding {
  what: string;
  state: 'ok' | 'note' | 'bad';
  text: string;
  fix?: string;
}

const NEEDED_MB = 3_000; // the Go build of Temporal with its caches, the largest of the set-ups

const PORTS: [what: string, variable: string, fallback: number][] = [
  ['API', 'PORT', 3000],
  ["API's metrics", 'METRICS_PORT', 9464],
  ['Worker', 'HEALTH_PORT', 3001],
  ['Auth', 'AUTH_PORT', 4001],
  ['Products', 'PRODUCTS_PORT', 4002],
  ['Inventory', 'INVENTORY_PORT', 4003],
  ['Payments', 'PAYMENTS_PORT', 4004],
  ['Temporal', 'TEMPORAL_PORT', 7233],
  ["Temporal's Web UI", 'TEMPORAL_UI_PORT', 8233],
  ['MongoDB', 'MONGODB_PORT', 27017],
  ['Redis', 'REDIS_PORT', 6379],
  ['RabbitMQ', 'RABBITMQ_PORT', 5672],
  ["RabbitMQ's page", 'RABBITMQ_MANAGEMENT_PORT', 15672],
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { env } = process;

const findings = (
  await Promise.all([findPackages(), findTools(), findServers(), findPorts(), findSpace()])
).flat();
process.stdout.write(`${formatTable(findings)}\n`);
const bad = findings.filter(({ state }) => state === 'bad').length;
process.stdout.write(
  bad === 0
    ? '\nnpm start can be expected to work.\n'
    : `\nnpm start will not work before ${bad === 1 ? 'this is' : 'these are'} repaired.\n`,
);
process.exitCode = bad === 0 ? 0 : 1;

async function findPackages(): Promise<Finding[]> {
  const why = whyInstall(root);
  const dotEnv = existsSync(join(root, '.env'));
  return [
    { what: 'Node', state: 'ok', text: process.versions.node },
    why
      ? { what: 'npm packages', state: 'note', text: why, fix: 'npm start installs them' }
      : { what: 'npm packages', state: 'ok', text: 'as in package-lock.json' },
    { what: '.env', state: 'ok', text: dotEnv ? 'found' : 'none, which is fine' },
  ];
}

// Only some of these tools are needed, so a missing one is a note: what counts is what they give,
// the servers.
async function findTools(): Promise<Finding[]> {
  const docker = await dockerObstacle(env);
  const tool = async (what: string, command: string, args: string[], fix: string) => {
    const output = await runCommand({ command, args, env, timeoutMs: 10_000 }).catch(() => '');
    return output ? finding(what, output.split('\n')[0] ?? '') : finding(what, 'none', fix);
  };
  const root = process.getuid?.() === 0;
  const apt = onPath('apt-get', env).length > 0;
  return [
    docker
      ? finding('Docker', docker, 'start it, or install it from https://docs.docker.com/get-docker')
      : finding('Docker', 'answers'),
    await tool('Go', 'go', ['version'], 'https://go.dev/dl'),
    await tool('Python', 'python3', ['-m', 'pip', '--version'], 'python3 with pip'),
    finding('Debian packages', `${apt ? 'apt-get' : 'no apt-get'}, ${root ? '' : 'not '}root`),
  ];
}

async function findServers(): Promise<Finding[]> {
  try {
    const outlooks = await serverAvailability({ env, cacheDir: cacheFolder(env) });
    return outlooks.map(({ title, method, setUp, optional, help }) => {
      if (method && !setUp) return { what: title, state: 'ok', text: method };
      if (method) return finding(title, 'not there yet', `npm start sets it up: ${method}`);
      const state = optional ? 'note' : 'bad';
      return { what: title, state, text: 'cannot be had', fix: help };
    });
  } catch (error) {
    return [{ what: 'Servers', state: 'bad', text: errorLine(error) }];
  }
}

function findPorts(): Promise<Finding[]> {
  return Promise.all(
    PORTS.map(async ([name, variable, fallback]): Promise<Finding> => {
      const explicit = env[variable];
      const port = Number(explicit ?? fallback);
      const what = `Port ${explicit ?? fallback}`;
      if (!(Number.isInteger(port) && port > 0 && port < 65_536)) {
        return { what, state: 'bad', text: name, fix: `correct ${variable}` };
      }
      if (await isPortFree(port)) return { what, state: 'ok', text: `free (${name})` };
      const text = `taken (${name})`;
      if (!explicit) return finding(what, text, 'npm start takes the next free one');
      return { what, state: 'bad', text, fix: `stop what listens there, or change ${variable}` };
    }),
  );
}

function findSpace(): Promise<Finding[]> {
  const folders: [string, string][] = [
    ['Cache', cacheFolder(env)],
    ['Data', join(root, '.data')],
  ];
  return Promise.all(
    folders.map(async ([what, folder]): Promise<Finding> => {
      const [used, free] = await Promise.all([folderMegabytes(folder), freeMegabytes(folder)]);
      const text = `${used} MB in ${folder}, ${free} MB free`;
      if (free > NEEDED_MB) return { what, state: 'ok', text };
      return finding(what, text, `${NEEDED_MB} MB free are safe for a first set-up`);
    }),
  );
}

function finding(what: string, text: string, fix?: string): Finding {
  return fix ? { what, state: 'note', text, fix } : { what, state: 'ok', text };
}

function formatTable(rows: Finding[]): string {
  const marks = { ok: '✔', note: '-', bad: '✖' };
  const width = Math.max(...rows.map(({ what }) => what.length));
  return rows
    .map(({ what, state, text, fix }) => {
      const line = `${marks[state]} ${what.padEnd(width)}  ${text}`;
      return fix ? `${line}\n${' '.repeat(width + 4)}-> ${fix}` : line;
    })
    .join('\n');
}
