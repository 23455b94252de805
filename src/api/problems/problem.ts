import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ZodError } from 'zod';
import { type ProblemCode, problems } from '../../domain/problems.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Logger } from '../../platform/logger.ts';
import { publicLink } from '../http/public-link.ts';

/** An error that is an answer: it becomes a problem document (RFC 9457) as it is. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly code: ProblemCode,
    readonly detail?: string,
    readonly extensions: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail ?? problems[code].title);
  }
}

/** What cannot be had temporarily, with when to retry. */
export function unavailable(detail: string, cause?: unknown): Problem {
  const problem = new Problem('service_unavailable', detail, {}, { 'Retry-After': '2' });
  problem.cause = cause;
  return problem;
}

/** A place in the body that no schema needs to look at. */
export function invalidStructure(path: readonly string[], detail: string): Problem {
  const errors = [{ ...placeOf(path, 'json'), detail }];
  return new Problem('validation_failed', undefined, { errors });
}

/** Who sends a thousand faults reads the first of them at most. */
const MOST_ERRORS = 20;

/** Each issue of a request that is not valid, with a JSON pointer, parameter or header to look at. */
export function invalid(error: ZodError, target = 'json'): Problem {
  const left = error.issues.length - MOST_ERRORS;
  const errors = error.issues.slice(0, MOST_ERRORS).map(({ path, message, ...issue }) => ({
    ...placeOf(path.map(String), target),
    detail: issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? message) : message,
    ...('keys' in issue && { keys: issue.keys }),
  }));
  const card = error.issues.some((issue) => 'params' in issue && issue.params?.card === true);
  const code = card ? 'card_number_not_accepted' : 'validation_failed';
  return new Problem(code, left > 0 ? `${left} more errors are not listed` : undefined, { errors });
}

/** A URI reference, which this API serves a page at. */
export function typeOf(code: ProblemCode): string {
  return `/problems/${code}`;
}

function placeOf(path: readonly string[], target: string) {
  if (target === 'json')
    return { pointer: `#${path.map((key) => `/${escapePointer(key)}`).join('')}` };
  const name = path.join('.');
  return target === 'header' ? { header: name } : { parameter: name };
}

/** A problem as clients read it, in an answer to this request. */
export function problemDocument({ code, detail, extensions }: Problem, context: Context) {
  const { status, title } = problems[code];
  const requestId: string = context.get('requestId');
  return {
    type: publicLink(context, typeOf(code)),
    ...{ title, status, code },
    ...(detail !== undefined && { detail }),
    ...extensions,
    requestId,
  };
}

/** The one place where an error becomes an answer; what is unknown is logged, never shown. */
export function problemResponse(error: unknown, context: Context, log: Logger): Response {
  const problem = asProblem(error);
  const requestId: string = context.get('requestId');
  if (problem.code === 'internal_error') log.error({ err: error, requestId }, 'request failed');
  if (problem.cause !== undefined) log.warn({ err: problem.cause, requestId }, problem.message);
  const { status } = problems[problem.code];
  context.set('problem', problem.code);
  return context.json(
    problemDocument(problem, context),
    status as ContentfulStatusCode,
    // A 404 would else be kept, also at the Location of an order that is about to be there.
    { 'Cache-Control': 'no-store', ...problem.headers, 'Content-Type': 'application/problem+json' },
  );
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Refusal) return new Problem(error.code, error.message, error.details);
  if (error instanceof HTTPException) return new Problem(codeOfStatus(error.status));
  if (isDatabaseOutage(error)) return unavailable('The database does not answer', error);
  return new Problem('internal_error');
}

function codeOfStatus(status: number): ProblemCode {
  if (status === 413) return 'payload_too_large';
  if (status === 415) return 'unsupported_media_type';
  if (status >= 400 && status < 500) return 'validation_failed';
  return 'internal_error';
}

const OUTAGES = new Set([
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoNotConnectedError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'PoolClearedOnNetworkError',
  'MongoTopologyClosedError',
  'MongoWaitQueueTimeoutError',
  'MongooseError',
]);

function isDatabaseOutage(error: unknown): boolean {
  return error instanceof Error && OUTAGES.has(error.name);
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
