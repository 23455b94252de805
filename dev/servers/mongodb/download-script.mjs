// Run by mongodb-download.ts: DIRECTORY VERSION; its last line of output is the path of mongod.
import { MongoBinary } from 'mongodb-memory-server-core';

const [downloadDir = '', version = ''] = process.argv.slice(2);
try {
  const path = await MongoBinary.getPath({ downloadDir, version, checkMD5: true });
  process.stdout.write(`\n${path}\n`);
} catch (error) {
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
}
