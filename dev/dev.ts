import { parseArguments } from './launcher/arguments.ts';
import { launch } from './launcher/launch.ts';

await launch({ ...parseArguments(process.argv.slice(2)), watch: true });
