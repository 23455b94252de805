import type { OpenAPIHono } from '@hono/zod-openapi';
import { type ProblemCode, problems } from '../domain/problems.ts';
import type { ApiEnv } from './middleware/authenticate.ts';
import { typeOf } from './problems/problem.ts';

type Document = ReturnType<OpenAPIHono<ApiEnv>['getOpenAPI31Document']>;
type Operation = { responses?: Record<string, unknown>; requestBody?: unknown };

const INFO = {
  openapi: '3.1.0',
  info: {
    title: 'Orders',
    version: '1.0.0',
    description:
      'Orders that are placed, charged once, and shipped or cancelled. What goes wrong is a problem ' +
      'document (RFC 9457) with a stable `code`; its `type` leads to what can be done about it.',
  },
};

/** What any request can be answered with, before its route is reached. */
const ALWAYS = ['401', '429', '500', '503'];
/** Answered by the HTTP server itself, before there is a request to speak of. */
const TOO_LARGE = {
  431: { description: 'The request line and headers are larger than 16 KiB together' },
};
const WITH_BODY = ['400', '413', '415'];
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The OpenAPI document: what the routes say, and what is true of all of them. */
export function openApiDocument(app: OpenAPIHono<ApiEnv>): Document {
  const document = app.getOpenAPI31Document(INFO);
  for (const path of Object.values(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = path[method] as Operation | undefined;
      if (operation !== undefined) complete(operation);
    }
  }
  const problem = document.components?.schemas?.Problem as { properties?: object } | undefined;
  Object.assign(problem?.properties ?? {}, { code: { type: 'string', enum: allCodes() } });
  return document;
}

function complete(operation: Operation): void {
  const statuses = [...ALWAYS, ...(operation.requestBody === undefined ? [] : WITH_BODY)];
  const known = operation.responses ?? {};
  const merged: Record<string, unknown> = {
    ...TOO_LARGE,
    ...Object.fromEntries(statuses.map(refusal)),
    ...known,
  };
  for (const [status, response] of Object.entries(merged)) {
    const codes = codesOf(status);
    if (codes.length > 0) merged[status] = withCodes(response as Response, codes);
  }
  operation.responses = merged;
}

interface Response {
  description: string;
  content?: Record<string, { schema?: object; example?: unknown }>;
}

function refusal(status: string): [string, Response] {
  return [status, { description: codesOf(status).map(titleOf).join('; ') }];
}

function withCodes(response: Response, codes: ProblemCode[]): Response {
  const [code = 'internal_error'] = codes;
  const { status, title } = problems[code];
  return {
    ...response,
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { code: { enum: codes } } },
          ],
        },
        example: { type: typeOf(code), title, status, code, requestId: EXAMPLE_REQUEST },
      },
    },
  };
}

const EXAMPLE_REQUEST = '0c6ee1b5-6a0f-4f3e-9d1c-3b0a2f6a9a51';

function allCodes(): ProblemCode[] {
  return Object.keys(problems) as ProblemCode[];
}

function codesOf(status: string): ProblemCode[] {
  return allCodes().filter((code) => `${problems[code].status}` === status);
}

function titleOf(code: ProblemCode): string {
  return problems[code].title;
}
