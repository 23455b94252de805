import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
} from 'node:fs';

/** Lines that are only ever added to; each is found again by the position it was given. */
export interface Lines {
  append(line: string): number;
  read(position: number): string;
  all(): Iterable<[line: string, position: number]>;
  close(): void;
}

export class MemoryLines implements Lines {
  readonly #lines: string[] = [];

  append(line: string): number {
    return this.#lines.push(line) - 1;
  }

  read(position: number): string {
    return this.#lines[position] ?? '';
  }

  *all(): Iterable<[string, number]> {
    for (const [position, line] of this.#lines.entries()) yield [line, position];
  }

  close(): void {}
}

const chunkBytes = 1024;
const newline = 0x0a;

/** Lines in a file; memory holds only where they lie, so a long run stays small. */
export class FileLines implements Lines {
  readonly #path: string;
  readonly #fd: number;
  #end: number;

  constructor(path: string) {
    this.#path = path;
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    this.#end = bytes.lastIndexOf(newline) + 1;
    // A process killed in mid-write leaves a line without its end. It was never answered for.
    if (this.#end < bytes.length) truncateSync(path, this.#end);
    this.#fd = openSync(path, 'a+');
  }

  append(line: string): number {
    const bytes = Buffer.from(`${line}\n`);
    appendFileSync(this.#fd, bytes);
    const position = this.#end;
    this.#end += bytes.length;
    return position;
  }

  read(position: number): string {
    for (let size = chunkBytes; ; size *= 2) {
      const bytes = Buffer.alloc(Math.min(size, this.#end - position));
      readSync(this.#fd, bytes, 0, bytes.length, position);
      const end = bytes.indexOf(newline);
      if (end >= 0) return bytes.toString('utf8', 0, end);
    }
  }

  *all(): Iterable<[string, number]> {
    const bytes = readFileSync(this.#path);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      yield [bytes.toString('utf8', start, end), start];
      start = end + 1;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
