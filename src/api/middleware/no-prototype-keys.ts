import { createMiddleware } from 'hono/factory';
import { invalidKey } from '../problems/problem.ts';

/**
 * Refuses a body that has a key `__proto__` anywhere. A schema of free keys cannot: JavaScript takes
 * such a key for the object's prototype, and drops it without a word.
 */
export const noPrototypeKeys = createMiddleware(async (context, next) => {
  const path = pathOf('__proto__', read(await context.req.text()));
  if (path !== undefined) throw invalidKey(path);
  await next();
});

/** What is no JSON is refused later, where the body is read. */
function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Path {
  key: string;
  parent: Path | undefined;
}

/** Where a key is. Without recursion, since a body may be nested deeper than the stack is. */
function pathOf(wanted: string, root: unknown): string[] | undefined {
  const open: { value: unknown; path: Path | undefined }[] = [{ value: root, path: undefined }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path: parent } = next;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      const path = { key, parent };
      if (key === wanted) return keysOf(path);
      open.push({ value: inner, path });
    }
  }
  return undefined;
}

function keysOf(path: Path): string[] {
  const keys: string[] = [];
  for (let at: Path | undefined = path; at !== undefined; at = at.parent) keys.push(at.key);
  return keys.reverse();
}
