/**
 * Compiles the `route` of a fault. With a method the whole path must match; `{name}` stands for
 * one segment and a final `*` for any rest. Without a method it is a prefix of whole segments.
 */
export function routePattern(route: string): RegExp {
  const [, method, path = ''] = /^(?:([A-Z]+) )?(.*)$/s.exec(route) ?? [];
  const open = path.endsWith('*');
  const source = (open ? path.slice(0, -1) : path)
    .split(/\{[^}]*\}/)
    .map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]+');
  const rest = open ? '.*' : method === undefined ? '(?:/.*)?' : '';
  return new RegExp(`^${method ?? '[A-Z]+'} ${source}${rest}$`);
}

/** Whether a fault on `route` could meet a request to `known`, e.g. `GET /api/users/{id}`. */
export function reaches(route: string, known: string): boolean {
  return routePattern(route).test(known) || routePattern(known).test(route);
}
