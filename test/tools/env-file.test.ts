import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { openDatabase, type TestDatabase } from '../support/mongodb/database.ts';
import { createLauncherFixture } from '../support/programs/launcher-fixture.ts';

let database: TestDatabase;
let fixture: Awaited<ReturnType<typeof createLauncherFixture>>;
let file: string;
beforeAll(async () => {
  database = await openDatabase();
  fixture = await createLauncherFixture();
  file = join(fixture.dataDir, 'env');
  await writeFile(file, `MONGODB_URI=${database.uri}\nJWT_ISSUER=https://id.example\nLOG_LEVEL=\n`);
});
afterAll(async () => {
  await fixture?.end();
  await database?.drop();
});

/** What a script says with the file as its `.env`. */
async function run(script: string, args: string[] = [], env: NodeJS.ProcessEnv = {}) {
  const started = fixture.run(script, args, { ORDERS_ENV_FILE: file, ...env });
  const exitCode = await started.ended;
  return { exitCode, output: started.output().trim() };
}

describe('what .env sets', () => {
  it('reaches the migrations, the import, the seed and the tokens', async () => {
    expect(await run('migrate', ['up'])).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('applied 0001-orders.js'),
    });
    expect((await run('migrate', ['status'])).output).toMatch(/^\d{4}-\S+Z {2}0001-orders\.js$/m);
    expect((await run('import', ['status'])).output).toMatch(/was not imported/);
    expect(await run('seed', ['--orders', '10'])).toMatchObject({ exitCode: 0 });
    expect(await database.db.collection('orders').countDocuments()).toBe(10);
    expect(decodeJwt((await run('token')).output).iss).toBe('https://id.example');
  }, 60_000);

  it('gives way to what the environment sets', async () => {
    const { exitCode, output } = await run('migrate', ['status'], { MONGODB_URI: 'nonsense' });
    expect({ exitCode, output }).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('MONGODB_URI: must be a URL'),
    });
  }, 30_000);
});
