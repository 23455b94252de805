import { setTimeout } from 'node:timers/promises';
import type { mongo } from 'mongoose';

interface Handlers<Change> {
  change(change: Change): void;
  /** The stream failed, and is opened again where it was. */
  failed(error: unknown): void;
  /** The server does not remember that place any more: changes are missed, and the stream ended. */
  lost(): void;
}

interface Following {
  /** From here on no change is missed. Rejects when the stream cannot be opened. */
  opened: Promise<void>;
  stop(): void;
}

type Open<Change extends mongo.Document> = (
  options: Pick<mongo.ChangeStreamOptions, 'resumeAfter'>,
) => mongo.ChangeStream<mongo.Document, Change & mongo.ChangeStreamDocument>;

const REOPEN_MS = 500;
/** ChangeStreamHistoryLost, ChangeStreamFatalError, InvalidResumeToken. */
const LOST = new Set<unknown>([286, 280, 260]);

/** Follows a change stream until it is told to stop, through outages of the server. */
export function follow<Change extends mongo.Document>(
  open: Open<Change>,
  handlers: Handlers<Change>,
): Following {
  const { promise: opened, ...settle } = withResolvers();
  let isStopped = false;
  void run();
  return {
    opened,
    stop() {
      isStopped = true;
    },
  };

  async function run(): Promise<void> {
    let resumeAfter: mongo.ResumeToken | undefined;
    while (!isStopped) {
      const stream = open({ resumeAfter });
      stream.once('resumeTokenChanged', settle.resolve);
      try {
        await read(stream);
      } catch (error) {
        resumeAfter = stream.resumeToken ?? resumeAfter;
        settle.reject(error);
        if (isStopped || resumeAfter === undefined) return;
        if (error instanceof Error && 'code' in error && LOST.has(error.code)) {
          return handlers.lost();
        }
        handlers.failed(error);
        await setTimeout(REOPEN_MS);
      }
    }
  }

  async function read(stream: ReturnType<Open<Change>>): Promise<void> {
    try {
      while (!isStopped) {
        const change = await stream.tryNext();
        if (change !== null && !isStopped) handlers.change(change);
      }
    } finally {
      // Between two reads: one that is closed in the middle of a read stays open on the server.
      await stream.close().catch(() => undefined);
    }
  }
}

function withResolvers() {
  let resolve = () => {};
  let reject = (_error: unknown) => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => undefined); // Not everybody waits for it.
  return { promise, resolve, reject };
}
