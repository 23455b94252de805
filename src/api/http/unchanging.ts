import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { isNamed } from './etag.ts';

/** A text that is made once, at its first request, and answered with an ETag that is computed once. */
export function unchanging(type: string, maxAgeSeconds: number, make: () => string) {
  let made: { text: string; tag: string } | undefined;
  return (context: Context): Response => {
    made ??= withTag(make());
    const { text, tag } = made;
    const headers = { ETag: tag, 'Cache-Control': `public, max-age=${maxAgeSeconds}` };
    if (isNamed(tag, context.req.header('If-None-Match'))) return context.body(null, 304, headers);
    return context.body(text, 200, { ...headers, 'Content-Type': type });
  };
}

function withTag(text: string) {
  return { text, tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}
