import { migrate } from '../../../src/commands/migrate.ts';

/** Takes back every migration, so that the import's own way back comes last. */
export async function allDown(uri: string): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const [line] = await migrate(uri, 'down');
    if (line === undefined) return names;
    names.push(line);
  }
}
