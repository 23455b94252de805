import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { GarbageVariant } from './fault.ts';

const hugeBytes = 32 * 1024 * 1024;
const json = { 'content-type': 'application/json' };

/**
 * A body no client should believe, under the status of a success.
 * @param real the answer the service would have given, of which some variants are made
 */
export async function garbageResponse(
  variant: GarbageVariant,
  real: Response,
  outgoing: ServerResponse,
): Promise<Response> {
  const status = (real.ok ? real.status : 200) as ContentfulStatusCode;
  const text = await real.text();
  const half = text.slice(0, Math.ceil(text.length / 2));
  switch (variant) {
    case 'html':
      return new Response('<!doctype html><h1>It works!</h1>', {
        status,
        headers: { 'content-type': 'text/html' },
      });
    case 'truncated':
      return new Response(half, { status, headers: json });
    case 'wrongShape':
      return new Response('{"ok":true,"data":[null,42]}', { status, headers: json });
    case 'huge':
      return new Response(hugeJson(), { status, headers: json });
    case 'cut':
      // A body shorter than announced: only the raw response can send one.
      outgoing.writeHead(status, { ...json, 'content-length': Buffer.byteLength(text) });
      outgoing.write(half, () => outgoing.destroy());
      return RESPONSE_ALREADY_SENT;
  }
}

/** Well-formed JSON made as it is read, so that it costs this side no memory. */
function hugeJson(): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const chunk = encoder.encode('x'.repeat(64 * 1024));
  let left = hugeBytes / chunk.length;
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode('{"padding":"')),
    pull: (controller) => {
      if (left-- > 0) return controller.enqueue(chunk);
      controller.enqueue(encoder.encode('"}'));
      controller.close();
    },
  });
}
