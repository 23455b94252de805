import { createMiddleware } from 'hono/factory';
import { invalidStructure } from '../problems/problem.ts';

/** More than anything that this API takes has; what is longer need not be looked at one by one. */
const MOST_ENTRIES = 200;

/**
 * Refuses a body with a key `__proto__` anywhere, or with an object or an array of thousands of
 * entries. A schema cannot: JavaScript takes the one for the object's prototype, and drops it without
 * a word; and of the other it would make an error for each entry.
 */
export const bodyStructure = createMiddleware(async (context, next) => {
  const fault = faultIn(read(await context.req.text()));
  if (fault !== undefined) throw invalidStructure(keysOf(fault.path), fault.detail);
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

interface Fault {
  path: Path | undefined;
  detail: string;
}

/** Without recursion, since a body may be nested deeper than the stack is. */
function faultIn(root: unknown): Fault | undefined {
  const open: { value: unknown; path: Path | undefined }[] = [{ value: root, path: undefined }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path: parent } = next;
    if (typeof value !== 'object' || value === null) continue;
    const entries = Object.entries(value);
    if (entries.length > MOST_ENTRIES) {
      return { path: parent, detail: `has ${entries.length} entries, more than ${MOST_ENTRIES}` };
    }
    for (const [key, inner] of entries) {
      const path = { key, parent };
      if (key === '__proto__') return { path, detail: 'is a reserved key' };
      open.push({ value: inner, path });
    }
  }
  return undefined;
}

function keysOf(path: Path | undefined): string[] {
  const keys: string[] = [];
  for (let at = path; at !== undefined; at = at.parent) keys.push(at.key);
  return keys.reverse();
}
