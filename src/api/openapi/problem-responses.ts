import { type ProblemCode, problems } from '../../domain/problems.ts';
import { problemExamples } from '../problems/examples.ts';
import { typeOf } from '../problems/problem.ts';
import { type HeaderName, headersOf } from '../schemas/headers.ts';

/** Where a route says what it may refuse with; it is not part of the document. */
export const REFUSALS = 'x-refusals';

/** What any request may be refused with, for the most part before its route is reached. */
const ALWAYS: readonly ProblemCode[] = [
  'validation_failed',
  'unauthorized',
  'method_not_allowed',
  'rate_limited',
  'headers_too_large',
  'internal_error',
  'service_unavailable',
];
const WITH_BODY: readonly ProblemCode[] = [
  'payload_too_large',
  'unsupported_media_type',
  'card_number_not_accepted',
];

/** The headers of a refusal, beside those of all answers. */
const HEADERS: Partial<Record<ProblemCode, HeaderName>> = {
  unauthorized: 'WWW-Authenticate',
  method_not_allowed: 'Allow',
  request_in_progress: 'Retry-After',
  rate_limited: 'Retry-After',
  too_many_declines: 'Retry-After',
  service_unavailable: 'Retry-After',
};
/** Refused before the request is counted. */
const UNCOUNTED: readonly ProblemCode[] = ['unauthorized', 'headers_too_large'];
const COUNTED = ['RateLimit', 'RateLimit-Policy'] as const;

/** The headers that every answer has. */
export const usualHeaders = headersOf(['X-Request-Id', ...COUNTED]);

/** The refusals of an operation, by their status. */
export function problemResponses(own: readonly ProblemCode[], hasBody: boolean) {
  const codes = [...new Set([...ALWAYS, ...(hasBody ? WITH_BODY : []), ...own])];
  const statuses = new Set(codes.map((code) => problems[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      responseOf(codes.filter((code) => problems[code].status === status)),
    ]),
  );
}

/** What they refer to: an example for each code, and an answer for those that are alone with a status. */
export function problemComponents(operations: readonly object[]) {
  const codes = Object.keys(problems) as ProblemCode[];
  const text = JSON.stringify(operations);
  const alone = codes.filter((code) => text.includes(`"${refOf(code)}"`));
  return {
    examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code)])),
    responses: Object.fromEntries(alone.map((code) => [nameOf(code), described([code])])),
  };
}

function responseOf(codes: readonly ProblemCode[]) {
  const [code, ...others] = codes;
  if (code === undefined || others.length > 0) return described(codes);
  return { $ref: refOf(code) };
}

function described(codes: readonly ProblemCode[]) {
  const own = codes.flatMap((code) => HEADERS[code] ?? []);
  const isCounted = codes.some((code) => !UNCOUNTED.includes(code));
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('\n\n'),
    headers: headersOf(['X-Request-Id', 'Cache-Control', ...(isCounted ? COUNTED : []), ...own]),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(
          codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
        ),
      },
    },
  };
}

function exampleOf(code: ProblemCode) {
  const { status, title, help } = problems[code];
  const requestId = '0c6ee1b5-6a0f-4f3e-9d1c-3b0a2f6a9a51';
  const value = { type: typeOf(code), title, status, code, ...problemExamples[code], requestId };
  return { summary: title, description: help, value };
}

function refOf(code: ProblemCode): string {
  return `#/components/responses/${nameOf(code)}`;
}

/** `not_found` is `NotFound`. */
function nameOf(code: ProblemCode): string {
  return code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
