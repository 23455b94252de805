import { readFileSync } from 'node:fs';

const here = import.meta.url;
// Compiled, this file lies one folder deeper.
const manifest = new URL(`${here.endsWith('.ts') ? '' : '../'}../../package.json`, here);

/** The version of the service, as package.json has it. */
export const VERSION: string = JSON.parse(readFileSync(manifest, 'utf8')).version;
