import { Hono } from 'hono';
import { isProblemCode, type ProblemCode, problems } from '../../domain/problems.ts';
import { Problem, typeOf } from '../problems/problem.ts';

/** Where the `type` of a problem leads to: what it means, and what can be done about it. */
export function problemPages(): Hono {
  const pages = new Hono();
  pages.get('/problems', (context) => {
    return context.json({ problems: (Object.keys(problems) as ProblemCode[]).map(page) });
  });
  pages.get('/problems/:code', (context) => {
    const code = context.req.param('code');
    if (!isProblemCode(code)) throw new Problem('not_found');
    return context.json(page(code));
  });
  return pages;
}

function page(code: ProblemCode) {
  return { type: typeOf(code), code, ...problems[code] };
}
