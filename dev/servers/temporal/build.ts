import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../processes/run-command.ts';
import { checkProgram } from '../find-program.ts';
import { installOnce } from '../install/cache-folder.ts';
import type { ServerContext } from '../server-context.ts';
import type { Executable, FindContext, Installer } from '../server-spec.ts';
import { CACHE_FOLDER, CLI_VERSION, temporalQuery } from './query.ts';

const CLI_MODULE = 'github.com/temporalio/cli';
const COMMAND = `${CLI_MODULE}/cmd/temporal`;
// This part of the CLI has no tags of its own: without its commit the module does not resolve.
const CLIEXT = `${CLI_MODULE}/cliext`;
const CLIEXT_VERSION = 'v0.0.0-20260731000218-c579925f193f';

const GO_MOD = `module orders-service/temporal-cli

go 1.26.4

require ${CLI_MODULE} v${CLI_VERSION}

replace ${CLIEXT} => ${CLIEXT} ${CLIEXT_VERSION}
`;

const TOOLS_GO = `//go:build tools

package tools

import _ "${COMMAND}"
`;

const DOWNLOAD_MS = 5 * 60_000;
const BUILD_MS = 20 * 60_000;

/** Builds the Temporal CLI from the Go module proxy. */
export const temporalBuild: Installer = {
  kind: 'registry',
  name: 'Go module (built here)',
  obstacle: goObstacle,
  install: buildTemporal,
};

// From 1.21 on, Go fetches a newer toolchain by itself, unless GOTOOLCHAIN=local forbids it.
async function goObstacle({ env }: FindContext): Promise<string | undefined> {
  try {
    const output = await runCommand({
      ...{ command: 'go', args: ['version'], env: { ...env, GOWORK: 'off' }, timeoutMs: 10_000 },
    });
    const [, minor = 0, patch = 0] = (/go1\.(\d+)(?:\.(\d+))?/.exec(output) ?? []).map(Number);
    if (minor > 26 || (minor === 26 && patch >= 4)) return undefined;
    const toolchains = await runCommand({
      ...{ command: 'go', args: ['env', 'GOTOOLCHAIN'], env, timeoutMs: 10_000 },
    });
    if (minor >= 21 && !toolchains.startsWith('local')) return undefined;
    return `Go is 1.${minor}.${patch}; needed is 1.26.4 or newer (https://go.dev/dl)`;
  } catch {
    return 'Go 1.26.4 or newer is not on the PATH (https://go.dev/dl)';
  }
}

async function buildTemporal(context: ServerContext): Promise<Executable> {
  const folder = await installOnce(context, CACHE_FOLDER, async (directory) => {
    await writeFile(join(directory, 'go.mod'), GO_MOD);
    await writeFile(join(directory, 'tools.go'), TOOLS_GO);
    await go(context, directory, ['mod', 'tidy'], DOWNLOAD_MS, (line) =>
      context.report('downloading', line.replace(/^go: /, '')),
    );
    let packages = 0;
    const version = `-X ${CLI_MODULE}/internal/temporalcli.Version=${CLI_VERSION}`;
    const flags = ['-v', '-trimpath', '-ldflags', `-s -w ${version}`, '-o', 'temporal'];
    context.report('building', 'about 4 minutes the first time');
    await go(context, directory, ['build', ...flags, COMMAND], BUILD_MS, () => {
      packages += 1;
      context.report('building', `about 4 minutes the first time; ${packages} packages compiled`);
    });
    for (const source of ['go.mod', 'go.sum', 'tools.go']) await rm(join(directory, source));
  });
  return checkProgram(context, temporalQuery, join(folder, 'temporal'));
}

async function go(
  { env, processes }: ServerContext,
  cwd: string,
  args: string[],
  timeoutMs: number,
  onLine: (line: string) => void,
) {
  const goEnv = { ...env, GOWORK: 'off', CGO_ENABLED: '0' };
  await processes.run({ command: 'go', args, cwd, env: goEnv, timeoutMs, onLine });
}
