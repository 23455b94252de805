/**
 * `npm run planted-faults -- [PATTERN]`: plants each fault in a copy of the repository, and runs the test
 * that has to fail of it. Exit code 1 when one is not caught.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faults, type PlantedFault } from './planted-faults/faults.ts';

const pattern = new RegExp(process.argv[2] ?? '');
const copy = await mkdtemp(join(tmpdir(), 'planted-faults-'));
let escaped = 0;
try {
  await copyRepository();
  for (const fault of faults.filter(({ name }) => pattern.test(name))) {
    const began = Date.now();
    const isCaught = await whilePlanted(fault, () => failsOf(fault));
    if (!isCaught) escaped += 1;
    const seconds = Math.round((Date.now() - began) / 1_000);
    process.stdout.write(`${isCaught ? 'caught ' : 'ESCAPED'}  ${fault.name} (${seconds} s)\n`);
  }
} finally {
  await rm(copy, { recursive: true });
}
process.exit(escaped === 0 ? 0 : 1);

async function copyRepository(): Promise<void> {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', listed, { encoding: 'utf8' }).trimEnd().split('\n');
  for (const file of files) await cp(file, join(copy, file));
  await symlink(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
}

async function whilePlanted<T>({ name, file, from, to }: PlantedFault, run: () => Promise<T>) {
  const path = join(copy, file);
  const code = await readFile(path, 'utf8');
  if (code.split(from).length !== 2) throw new Error(`${name}: its place is not once in ${file}`);
  await writeFile(
    path,
    code.replace(from, () => to),
  );
  try {
    return await run();
  } finally {
    await writeFile(path, code);
  }
}

/** Whether a test fails: a suite that does not even start proves nothing. */
async function failsOf({ test, only }: PlantedFault): Promise<boolean> {
  const child = spawn(process.execPath, ['dev/run.mjs', 'test', test, '-t', only], {
    ...{ cwd: copy, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      output += data;
    });
  }
  await once(child, 'close');
  if (!/^Tests: /m.test(output)) throw new Error(`${test} did not run:\n${output}`);
  return /^Tests: .*[1-9]\d* failed/m.test(output);
}
