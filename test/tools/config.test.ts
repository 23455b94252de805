import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  ConfigError,
  loadApiConfig,
  loadImportConfig,
  loadWorkerConfig,
  orderPolicy,
} from '../../src/config/config.ts';

const DAY_MS = 86_400_000;

const api = { MONGODB_URI: 'mongodb://127.0.0.1/orders', JWT_SECRET: 'x'.repeat(32) };
const worker = {
  MONGODB_URI: 'mongodb://127.0.0.1/orders',
  AUTH_SERVICE_URL: 'http://auth',
  PRODUCTS_SERVICE_URL: 'http://products',
  INVENTORY_SERVICE_URL: 'http://inventory',
  PAYMENTS_SERVICE_URL: 'http://payments/',
};

describe('the configuration', () => {
  it('needs little', () => {
    expect(loadApiConfig(api)).toMatchObject({ PORT: 3000, PLACEMENT_DEADLINE_MS: 5000 });
    expect(loadWorkerConfig(worker)).toMatchObject({ PAYMENTS_SERVICE_URL: 'http://payments' });
  });

  it.each([
    ['JWT_SECRET', { JWT_SECRET: undefined }, 'is required, or JWKS_URL'],
    ['JWKS_URL', { JWKS_URL: 'https://id.example/keys' }, 'must not be set beside JWT_SECRET'],
    ['JWKS_URL', { JWKS_URL: 'id.example' }, 'https://'],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://shop.example/path' }, 'must be origins'],
    ['RATE_LIMIT_USER_PER_MINUTE', { RATE_LIMIT_USER_PER_MINUTE: '0' }, '1'],
    ['JWT_SECRET', { JWT_SECRET: 'short' }, 'at least 32 characters'],
    ['MONGODB_URI', { MONGODB_URI: '' }, 'is missing'],
    ['MONGODB_URI', { MONGODB_URI: 'localhost:27017' }, 'mongodb://'],
    ['PORT', { PORT: '99999' }, '65535'],
    ['NODE_ENV', { NODE_ENV: 'staging' }, 'production'],
    ['PLACEMENT_DEADLINE_MS', { PLACEMENT_DEADLINE_MS: '60001' }, '60000'],
    ['RETRY_MAX_MS', { RETRY_MAX_MS: `${DAY_MS + 1}` }, `${DAY_MS}`],
    ['RETRY_MS', { RETRY_MS: 'Infinity' }, 'number'],
    ['RETRY_INITIAL_MS', { RETRY_INITIAL_MS: '30001' }, 'at most RETRY_MAX_MS'],
    ['RETRY_INITIAL_MS', { RETRY_MAX_MS: '999' }, 'at most RETRY_MAX_MS'],
    ['STUCK_INITIAL_MS', { STUCK_MAX_MS: '299999' }, 'at most STUCK_MAX_MS'],
    ['TRANSFER_POLL_MS', { TRANSFER_EXPIRY_MS: '1000' }, 'at most TRANSFER_EXPIRY_MS'],
    ['TRANSFER_EXPIRY_MS', { TRANSFER_EXPIRY_MS: `${60 * DAY_MS + 1}` }, `${60 * DAY_MS}`],
  ])('names %s when it is missing or wrong, and never shows a value', (name, change, reason) => {
    const load = () => loadApiConfig({ ...api, ...change });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`${name}: .*${reason}`));
    for (const value of Object.values(change)) {
      if (value && value.length > 10) expect(load).not.toThrow(value);
    }
  });

  it.each(['SHUTDOWN_DELAY_MS', 'SHUTDOWN_GRACE_MS'])(
    'refuses what a timer of Node.js cannot hold, for the API: %s',
    (name) => {
      expect(() => loadApiConfig({ ...api, [name]: `${2 ** 31}` })).toThrow(`${name}: `);
      expect(loadApiConfig({ ...api, [name]: `${2 ** 31 - 1}` })).toMatchObject({
        [name]: 2 ** 31 - 1,
      });
    },
  );

  it.each([
    'BREAKER_RESET_MS',
    'CHARGE_BREAKER_RESET_MS',
    'RECONCILE_EVERY_MS',
    'SHUTDOWN_GRACE_MS',
  ])('refuses what a timer of Node.js cannot hold, for the worker: %s', (name) => {
    expect(() => loadWorkerConfig({ ...worker, [name]: `${2 ** 31}` })).toThrow(`${name}: `);
    expect(() => loadWorkerConfig({ ...worker, [name]: '0' })).toThrow(`${name}: `);
  });

  it('lets Temporal wait for weeks, in the order as in what is left of an import', () => {
    const weeks = { TRANSFER_EXPIRY_MS: `${60 * DAY_MS}`, STUCK_MAX_MS: `${7 * DAY_MS}` };
    expect(orderPolicy(loadApiConfig({ ...api, ...weeks }))).toMatchObject({
      transferExpiryMs: 60 * DAY_MS,
      stuckMaxMs: 7 * DAY_MS,
    });
    expect(loadImportConfig({ ...worker, ...weeks })).toMatchObject({
      TRANSFER_EXPIRY_MS: 60 * DAY_MS,
    });
    expect(() => loadImportConfig({ ...worker, STUCK_MAX_MS: '1' })).toThrow('STUCK_MAX_MS');
  });

  it('takes the URL of keys in place of a secret, and a list of origins', () => {
    const config = loadApiConfig({
      ...api,
      JWT_SECRET: '',
      JWKS_URL: 'https://id.example/keys',
      CORS_ORIGINS: 'https://shop.example, http://localhost:5173',
    });
    expect(config.JWKS_URL).toBe('https://id.example/keys');
    expect(config.CORS_ORIGINS).toEqual(['https://shop.example', 'http://localhost:5173']);
  });

  it('finds Temporal by its own variables', () => {
    const { temporal } = loadApiConfig({
      ...api,
      TEMPORAL_ADDRESS: 'temporal:7233',
      TEMPORAL_NAMESPACE: 'shop',
    });
    expect(temporal).toMatchObject({
      namespace: 'shop',
      connectionOptions: { address: 'temporal:7233' },
    });
  });
});

describe('the configuration of production', () => {
  const common = {
    NODE_ENV: 'production',
    MONGODB_URI: 'mongodb://mongo/orders',
    TEMPORAL_ADDRESS: 'temporal:7233',
    TEMPORAL_UI_URL: 'https://temporal.example',
    REDIS_URL: 'redis://redis',
    TEMPORAL_PAYLOAD_KEYS: `2026:${randomBytes(32).toString('hex')}`,
  };
  const strong = 'f3Q9zt7Lw0aXk2VbN8cRm5YhJd1GsPuE';
  const forApi = { ...common, JWT_SECRET: strong };
  const forWorker = { ...worker, ...common, RABBITMQ_URL: 'amqp://rabbitmq' };

  it('is taken when it is complete', () => {
    expect(loadApiConfig(forApi)).toMatchObject({ NODE_ENV: 'production' });
    expect(loadApiConfig({ ...forApi, JWT_SECRET: randomBytes(16).toString('hex') })).toBeDefined();
    expect(loadWorkerConfig(forWorker)).toMatchObject({ NODE_ENV: 'production' });
    const { REDIS_URL, TEMPORAL_UI_URL, ...forImport } = forWorker;
    expect(loadImportConfig(forImport)).toBeDefined();
  });

  it.each([
    ['TEMPORAL_ADDRESS', undefined, 'is required in production'],
    ['TEMPORAL_UI_URL', undefined, 'is required in production'],
    ['REDIS_URL', undefined, 'is required in production'],
    ['TEMPORAL_PAYLOAD_KEYS', undefined, 'is required in production: npm run secrets makes one'],
    ['TEMPORAL_PAYLOAD_KEYS', `a:${'0123456789abcdef'.repeat(4)}`, 'can be guessed'],
    ['TEMPORAL_PAYLOAD_KEYS', `a:${'f'.repeat(63)}`, '64 hex digits'],
    ['JWT_SECRET', 'for-development-only-set-your-own-secret', 'examples use'],
    ['JWT_SECRET', 'my-very-long-PASSWORD-for-the-shop-2026', 'examples use'],
    ['JWT_SECRET', 'abcdefgh'.repeat(5), 'repeats itself'],
    ['JWT_SECRET', 'x'.repeat(64), 'repeats itself'],
    ['JWT_SECRET', 'aaaaaaaabbbbbbbbaaaaaaabbbbbbbbab', 'can be guessed'],
    ['JWT_SECRET', strong.slice(0, 31), '32'],
  ])('of the API is refused for %s = %s, and says what to do', (name, value, reason) => {
    const load = () => loadApiConfig({ ...forApi, [name]: value });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`${name}: .*${reason}`));
    if (value !== undefined) expect(load).not.toThrow(value);
  });

  it('leaves payloads readable only where that is said', () => {
    const off = { TEMPORAL_PAYLOAD_KEYS: undefined, TEMPORAL_PAYLOAD_ENCRYPTION: 'off' };
    expect(loadApiConfig({ ...forApi, ...off })).toBeDefined();
    expect(loadWorkerConfig({ ...forWorker, ...off })).toBeDefined();
  });

  it('of the API takes keys of an identity provider over https alone', () => {
    const load = (JWKS_URL: string) => loadApiConfig({ ...common, JWKS_URL });
    expect(load('https://id.example/keys')).toBeDefined();
    expect(() => load('http://id.example/keys')).toThrow(/JWKS_URL: must begin with https/);
    expect(() => load('HTTP://id.example/keys')).toThrow(/JWKS_URL: must begin with https/);
  });

  it.each([
    'TEMPORAL_ADDRESS',
    'TEMPORAL_UI_URL',
    'REDIS_URL',
    'RABBITMQ_URL',
    'AUTH_SERVICE_URL',
    'PRODUCTS_SERVICE_URL',
    'INVENTORY_SERVICE_URL',
    'PAYMENTS_SERVICE_URL',
  ])('of the worker is refused without %s', (name) => {
    expect(() => loadWorkerConfig({ ...forWorker, [name]: undefined })).toThrow(
      new RegExp(`${name}: is (required in production|missing)`),
    );
  });

  it.each([
    ['MONGODB_URI', 'mongodb://orders_worker:development@a:1,b:2/orders?replicaSet=rs0'],
    ['REDIS_URL', 'redis://:development@redis:6379'],
    ['RABBITMQ_URL', 'amqp://orders:development@rabbitmq:5672'],
  ])('of the worker is refused for a password of %s that is published', (name, url) => {
    const load = () => loadWorkerConfig({ ...forWorker, [name]: url });
    expect(load).toThrow(new RegExp(`${name}: has a password that examples use`));
    expect(load).not.toThrow(url);
    const own = url.replace('development', 'pQ7vXn3');
    expect(loadWorkerConfig({ ...forWorker, [name]: own })).toBeDefined();
  });

  it('takes the secrets that the command makes, which leaves a file that exists alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orders-secrets-'));
    const file = join(folder, '.env');
    const make = () =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', 'src/commands/secrets.ts', file]);
    try {
      expect((await make()).stdout).toContain('JWT_SECRET');
      const secrets = parseEnv(await readFile(file, 'utf8'));
      const { JWT_SECRET, TEMPORAL_PAYLOAD_KEYS } = secrets;
      expect(loadApiConfig({ ...common, JWT_SECRET, TEMPORAL_PAYLOAD_KEYS })).toBeDefined();
      expect(new Set(Object.values(secrets)).size).toBe(10);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await expect(make()).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/exists/),
      });
      expect(parseEnv(await readFile(file, 'utf8'))).toEqual(secrets);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
