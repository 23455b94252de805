import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { pages } from '../dev/docs/pages.ts';

describe('a page that is made from the code', () => {
  it.each(Object.entries(pages()))(
    'is up to date, or `npm run docs` makes it: %s',
    async (name, text) => {
      expect(await readFile(new URL(`../docs/${name}`, import.meta.url), 'utf8')).toBe(text);
    },
  );
});
