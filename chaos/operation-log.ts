import { createWriteStream } from 'node:fs';

export type OperationKind = 'place' | 'read' | 'cancel' | 'ship' | 'retry' | 'pay' | 'fault';

/** One request and its answer, or one fault, as its sender saw it. */
export interface Operation {
  kind: OperationKind;
  /** When it was sent. Milliseconds since 1970. */
  at: number;
  /** How long the answer took. Milliseconds. */
  ms: number;
  /** By which way it went, or which process or service a fault met. */
  via: string;
  orderId?: string;
  /** Of a placement: whose key it was. */
  user?: string;
  key?: string;
  /** The HTTP status or 200 for what was done otherwise; `none` when no answer came. */
  status: number | 'none';
  /** The answer's body or the error, as far as it is of use. */
  answer?: unknown;
}

/** Every request, answer and fault of a run, in memory and as JSON lines in a file. */
export class OperationLog {
  readonly all: Operation[] = [];
  readonly #file;

  constructor(path: string) {
    this.#file = createWriteStream(path, { flags: 'a' });
  }

  add(operation: Operation): void {
    this.all.push(operation);
    this.#file.write(`${JSON.stringify(operation)}\n`);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#file.end(resolve));
  }
}
