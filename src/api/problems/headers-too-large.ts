import { randomUUID } from 'node:crypto';
import { problems } from '../../domain/problems.ts';
import type { Logger } from '../../platform/logger.ts';
import { typeOf } from './problem.ts';

/** The problem document of a request that the HTTP server itself refuses: no route hears of it. */
export const headersTooLarge = (log: Logger, publicUrl = '') => {
  const code = 'headers_too_large';
  const { status, title } = problems[code];
  return () => {
    const requestId = randomUUID();
    log.info({ requestId, problem: code }, title);
    const problem = { type: `${publicUrl}${typeOf(code)}`, title, status, code, requestId };
    return { type: 'application/problem+json', body: JSON.stringify(problem) };
  };
};
