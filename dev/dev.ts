import { launchArguments } from './launcher/arguments.ts';
import { launch } from './launcher/launch.ts';

await launch({ ...launchArguments(), watch: true });
