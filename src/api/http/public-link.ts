import { createMiddleware } from 'hono/factory';

type LinkEnv = { Variables: { publicUrl: string } };

/** Notes where clients reach the API, for links in answers; they are relative when nobody has said it. */
export const publicUrl = (url = '') =>
  createMiddleware<LinkEnv>(async (context, next) => {
    context.set('publicUrl', url);
    await next();
  });

/** A link for clients to a path of this API. */
export function publicLink(
  context: { get(name: 'publicUrl'): string | undefined },
  path: string,
): string {
  return `${context.get('publicUrl') ?? ''}${path}`;
}
