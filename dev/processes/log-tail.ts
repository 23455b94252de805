import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const LONGEST_TAIL_BYTES = 32 * 1024;

/** The last lines of a log file, without reading more than its end; empty if there is none. */
export function readLogTail(file: string, lines: number): string {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(handle);
    const length = Math.min(size, LONGEST_TAIL_BYTES);
    const buffer = Buffer.alloc(length);
    readSync(handle, buffer, 0, length, size - length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(handle);
  }
}
