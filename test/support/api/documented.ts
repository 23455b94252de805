import type { OpenAPIHono } from '@hono/zod-openapi';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ApiEnv } from '../../../src/api/middleware/authenticate.ts';
import { openApiDocument } from '../../../src/api/openapi/document.ts';

type App = OpenAPIHono<ApiEnv>;
interface Answer {
  $ref?: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { examples?: Record<string, unknown> }>;
}
interface Documented {
  responses: Record<string, Answer>;
}

/** What HTTP and its security need, of which no document speaks. */
const OF_HTTP =
  /^(access-control-.*|connection|content-(type|length|security-policy)|date|referrer-policy|strict-transport-security|cross-origin-resource-policy|vary|x-(accel-buffering|content-type-options|frame-options))$/;

const documents = new WeakMap<App, ReturnType<typeof read>>();

/**
 * Fails when the OpenAPI document does not say that a request may be answered so. Not asked about
 * paths and methods that are not in it: what they are answered with is the same for all.
 */
export async function expectDocumented(
  app: App,
  { method, path }: { method: string; path: string },
  response: Response,
): Promise<void> {
  const document = documents.get(app) ?? read(app);
  documents.set(app, document);
  const found = document.operation(method, path.replace(/\?.*/, ''));
  if (found === undefined) return;
  const { template, operation } = found;
  const what = `${method} ${template} answered ${response.status}`;
  const documented = document.resolved(operation.responses[response.status]);
  if (documented === undefined) throw new Error(`${what}, which is not documented`);
  const type = (response.headers.get('Content-Type') ?? '').replace(/;.*/, '');
  const names = Object.keys(documented.headers ?? {}).map((name) => name.toLowerCase());
  for (const name of response.headers.keys()) {
    if (OF_HTTP.test(name) || names.includes(name)) continue;
    throw new Error(`${what} with the header ${name}, which is not documented`);
  }
  if (type === '' && documented.content === undefined) return;
  if (documented.content?.[type] === undefined) {
    throw new Error(`${what} with "${type}", which is not documented`);
  }
  if (!/[/+]json$/.test(type)) return;
  const body = (await response.clone().json()) as { code?: string };
  const { examples } = documented.content[type];
  if (examples !== undefined && !Object.hasOwn(examples, `${body.code}`)) {
    throw new Error(`${what} with ${body.code}, which is not documented`);
  }
  const own = ['paths', template, method.toLowerCase(), 'responses', `${response.status}`];
  const pointer = operation.responses[response.status]?.$ref?.split('/').slice(1) ?? own;
  const validate = document.validator([...pointer, 'content', type, 'schema']);
  if (validate(body)) return;
  throw new Error(`${what} with what does not fit: ${JSON.stringify(validate.errors)}`);
}

function read(app: App) {
  const document = openApiDocument(app);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema(document, 'openapi');
  const validators = new Map<string, ValidateFunction>();
  // Literal parts before parameters: /api/orders/stuck before /api/orders/{id}.
  const paths = Object.entries(document.paths ?? {})
    .map(([template, item]) => ({
      template,
      item: item as unknown as Record<string, Documented | undefined>,
      pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`),
      parameters: template.split('{').length,
    }))
    .sort((one, other) => one.parameters - other.parameters);
  return {
    resolved(answer: Answer | undefined): Answer | undefined {
      const name = answer?.$ref?.split('/').at(-1);
      if (name === undefined) return answer;
      return document.components.responses[name] as Answer;
    },
    operation(method: string, path: string) {
      for (const { template, item, pattern } of paths) {
        const operation = item[method.toLowerCase()];
        if (operation !== undefined && pattern.test(path)) return { template, operation };
      }
      return undefined;
    },
    validator(pointer: string[]): ValidateFunction {
      const escaped = pointer.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'));
      const $ref = `openapi#/${escaped.map(encodeURIComponent).join('/')}`;
      const known = validators.get($ref) ?? ajv.compile({ $ref });
      validators.set($ref, known);
      return known;
    },
  };
}
