import { ensureImage } from './docker.ts';
import type { ServerContext } from './server-context.ts';
import { firstThatWorks, type Way, type WayName } from './ways.ts';

/** A program or an image that a server can be started from. */
export interface Source {
  kind: 'program' | 'image';
  /** The program's path, or the image's name. */
  from: string;
  version: string;
  /** For the user: 'mongod 8.0.17 (/usr/bin/mongod)'. */
  how: string;
}

/** What it takes to look for a program, also when nothing may be changed. */
export type FindContext = Pick<ServerContext, 'env' | 'cacheDir'>;

export interface Install {
  kind: Extract<WayName, 'download' | 'registry'>;
  name: string;
  /** Why this cannot work here, found out without changing anything; undefined if it may work. */
  obstacle(context: FindContext): Promise<string | undefined>;
  install(context: ServerContext): Promise<Source>;
}

/** Where a server can be had from. */
export interface Sources {
  title: string;
  image: string;
  /** A program on the PATH or set up before. @throws saying what was looked for, and where */
  find(context: FindContext): Promise<Source>;
  /** The version in the image, where its name does not tell it. */
  imageVersion?(context: ServerContext): Promise<string>;
  installs: Install[];
  /** What the user can do when no way works. */
  help: string;
}

/**
 * Gets the server by the first way by which it also starts: an image that cannot mount a folder,
 * or a program that lacks a library, is no reason to give up.
 */
export function startFromFirst<T>(
  context: ServerContext,
  sources: Sources,
  start: (source: Source) => Promise<T>,
): Promise<T> {
  const { title, image, help } = sources;
  const startFrom = async (source: Source) => {
    context.report('starting', source.how);
    return start(source);
  };
  const ways: Way<T>[] = [
    {
      kind: 'path',
      name: 'PATH and cache folder',
      try: async () => startFrom(await sources.find(context)),
    },
    {
      kind: 'docker',
      name: `Docker image ${image}`,
      async try() {
        await ensureImage(context, image);
        const version = (await sources.imageVersion?.(context)) ?? (image.split(':')[1] as string);
        return startFrom({ kind: 'image', from: image, version, how: `Docker image ${image}` });
      },
    },
    ...sources.installs.map(({ kind, name, obstacle, install }) => ({
      kind,
      name,
      async try() {
        const why = await obstacle(context);
        if (why) throw new Error(why);
        return startFrom(await install(context));
      },
    })),
  ];
  context.report('looking');
  return firstThatWorks(ways, { title, help, env: context.env });
}
