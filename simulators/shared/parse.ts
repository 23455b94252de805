import type { Context } from 'hono';
import type { z } from 'zod';
import { Problem } from './problem.ts';

type Issues = { error: z.ZodError };

/** Turns what zod found into the problem `invalid_request`, naming each member at fault. */
export function invalidRequest({ error }: Issues): Problem {
  const errors = error.issues.map(({ path, message }) => ({ pointer: path.join('.'), message }));
  return new Problem('invalid_request', 'The request does not fit its schema', { errors });
}

/** Reads the body of an admin request; a missing body counts as `{}`. */
export async function parseBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.output<T>> {
  const text = await c.req.text();
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new Problem('invalid_json', 'The body is not JSON');
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidRequest(parsed);
  return parsed.data;
}
