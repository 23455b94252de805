import { ensureImage } from './docker.ts';
import { firstThatWorks, type InstallMethod, type Method } from './install-methods.ts';
import type { ServerContext } from './server-context.ts';

/** A program or an image that a server can be started from. */
export interface Executable {
  kind: 'program' | 'image';
  /** The program's path, or the image's name. */
  from: string;
  version: string;
  /** For the user: 'mongod 8.0.17 (/usr/bin/mongod)'. */
  how: string;
}

/** What it takes to look for a program, also when nothing may be changed. */
export type FindContext = Pick<ServerContext, 'env' | 'cacheDir'>;

export interface Installer {
  kind: Extract<InstallMethod, 'download' | 'registry'>;
  name: string;
  /** Why this cannot work here, found out without changing anything; undefined if it may work. */
  obstacle(context: FindContext): Promise<string | undefined>;
  install(context: ServerContext): Promise<Executable>;
}

/** Where a server can be had from. */
export interface ServerSpec {
  title: string;
  image: string;
  /** A program on the PATH or set up before. @throws saying what was looked for, and where */
  find(context: FindContext): Promise<Executable>;
  /** The version in the image, where its name does not tell it. */
  imageVersion?(context: ServerContext): Promise<string>;
  installs: Installer[];
  /** What the user can do when no method works. */
  help: string;
}

/**
 * Gets the server by the first method by which it also starts: an image that cannot mount a folder,
 * or a program that lacks a library, is no reason to give up.
 */
export function startFromFirst<T>(
  context: ServerContext,
  spec: ServerSpec,
  start: (executable: Executable) => Promise<T>,
): Promise<T> {
  const { title, image, help } = spec;
  const startFrom = async (executable: Executable) => {
    context.report('starting', executable.how);
    return start(executable);
  };
  const methods: Method<T>[] = [
    {
      kind: 'path',
      name: 'PATH and cache folder',
      try: async () => startFrom(await spec.find(context)),
    },
    {
      kind: 'docker',
      name: `Docker image ${image}`,
      async try() {
        await ensureImage(context, image);
        const version = (await spec.imageVersion?.(context)) ?? (image.split(':')[1] as string);
        return startFrom({ kind: 'image', from: image, version, how: `Docker image ${image}` });
      },
    },
    ...spec.installs.map(({ kind, name, obstacle, install }) => ({
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
  return firstThatWorks(methods, { title, help, env: context.env });
}
