import { writeFile } from 'node:fs/promises';
import { bundleWorkflows } from '../../src/commands/bundle-workflows.ts';

// A program of its own: beside the start of the servers, and its memory is gone with it.
const [, , file = ''] = process.argv;
const { code } = await bundleWorkflows();
await writeFile(file, code);
