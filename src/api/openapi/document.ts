import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ProblemCode } from '../../domain/problems.ts';
import type { ApiEnv } from '../middleware/authenticate.ts';
import { headers } from '../schemas/headers.ts';
import { COMPONENT } from '../schemas/parameters.ts';
import {
  problemComponents,
  problemResponses,
  REFUSALS,
  usualHeaders,
} from './problem-responses.ts';

interface Operation {
  [REFUSALS]?: readonly ProblemCode[];
  parameters?: ({ [COMPONENT]?: string } | { $ref: string })[];
  requestBody?: unknown;
  responses: Record<string, { headers?: object }>;
}

const INFO = {
  openapi: '3.1.0',
  info: {
    title: 'Orders',
    version: '1.0.0',
    description:
      'Orders that are placed, charged once, and shipped or cancelled. What goes wrong is a problem ' +
      'document (RFC 9457) with a stable `code`; its `type` leads to what can be done about it. ' +
      'Members of answers, codes and events may be added: clients ignore what they do not know.',
    contact: { name: 'Whoever runs this service' },
    license: { name: 'MIT', identifier: 'MIT' },
  },
  tags: [
    { name: 'Orders', description: 'For customers, and for admins in their place' },
    { name: 'Administration', description: 'For the role admin' },
  ],
};
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The OpenAPI document: what the routes say, and what is true of all of them. */
export function openApiDocument(app: OpenAPIHono<ApiEnv>, publicUrl = '/') {
  const document = app.getOpenAPI31Document({
    ...INFO,
    servers: [{ url: publicUrl, description: 'Where this document is served' }],
  });
  const operations = Object.values(document.paths ?? {}).flatMap((path) =>
    METHODS.flatMap((method) => (path[method] as Operation | undefined) ?? []),
  );
  const parameters = Object.assign({}, ...operations.map(sharedParameters));
  for (const operation of operations) complete(operation);
  const { examples, responses } = problemComponents(operations);
  const components = { ...document.components, parameters, headers, examples, responses };
  return { ...document, components };
}

/** Moves the parameters of an operation that others have too to where they are described once. */
function sharedParameters(operation: Operation): Record<string, object> {
  const shared: Record<string, object> = {};
  operation.parameters = operation.parameters?.map((parameter) => {
    if (!(COMPONENT in parameter)) return parameter;
    const { [COMPONENT]: name, ...described } = parameter;
    shared[`${name}`] = described;
    return { $ref: `#/components/parameters/${name}` };
  });
  return shared;
}

function complete(operation: Operation): void {
  for (const response of Object.values(operation.responses)) {
    response.headers = { ...usualHeaders, ...response.headers };
  }
  const own = operation[REFUSALS] ?? [];
  delete operation[REFUSALS];
  Object.assign(operation.responses, problemResponses(own, operation.requestBody !== undefined));
}
