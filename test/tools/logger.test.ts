import { Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { createLogger } from '../../src/platform/logger.ts';

it('an error in the log says what it is, and nothing that a library has put into it', () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = createLogger('test', 'info', destination);
  const cause = Object.assign(new Error('refused'), { body: 'Calle Mayor 1' });
  const error = Object.assign(new Error('WRONGPASS', { cause }), {
    code: 'ERR',
    command: { name: 'auth', args: ['s3cret-of-redis'] },
  });
  log.warn({ err: error }, 'Redis connection');
  const [line = ''] = lines;
  expect(JSON.parse(line)).toMatchObject({
    msg: 'Redis connection',
    err: { type: 'Error', message: 'WRONGPASS', code: 'ERR', cause: { message: 'refused' } },
  });
  expect(line).not.toMatch(/s3cret-of-redis|Calle Mayor/);
});
