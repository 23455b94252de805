import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { pages } from '../../dev/docs/pages.ts';

describe('a page that is made from the code', () => {
  it.each(Object.entries(pages()))(
    'is up to date, or `npm run docs` makes it: %s',
    async (name, text) => {
      expect(await readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8')).toBe(text);
    },
  );
});

describe('the compose file', () => {
  it('hands on every setting of API and worker that .env.example lists', async () => {
    const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
    const [example = '', compose] = await Promise.all([
      read('.env.example'),
      read('docker-compose.yml'),
    ]);
    const [, programs = ''] = example.split('# --- API and worker');
    const names = [...programs.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name);
    // The image's own, what there is no need for beside RabbitMQ, and of another program.
    const own = ['HOST', 'EVENTS_FILE', 'WORKFLOW_BUNDLE', 'CODEC_PORT'];
    const handedOn = [...compose.matchAll(/^ +([A-Z_]+):/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !handedOn.includes(name))).toEqual(own);
  });
});
