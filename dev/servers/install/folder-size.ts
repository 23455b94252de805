import { readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const MB = 1024 * 1024;

/** Megabytes of all files in a folder; 0 when there is none. */
export async function folderMegabytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(folder, name)).catch(() => undefined);
      return found?.isFile() ? found.size : 0;
    }),
  );
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / MB);
}

/** Megabytes still free where a folder is, or will be once it exists. */
export async function freeMegabytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return Math.round((bavail * bsize) / MB);
  } catch (error) {
    if (folder === dirname(folder)) throw error;
    return freeMegabytes(dirname(folder));
  }
}
