import { writeFile } from 'node:fs/promises';
import { pages } from './docs/pages.ts';

for (const [name, text] of Object.entries(pages())) {
  await writeFile(new URL(`../docs/${name}`, import.meta.url), text);
  process.stdout.write(`docs/${name}\n`);
}
