import type { OpenAPIHono } from '@hono/zod-openapi';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ApiEnv } from '../../../src/api/middleware/authenticate.ts';
import { openApiDocument } from '../../../src/api/openapi.ts';

type App = OpenAPIHono<ApiEnv>;
interface Documented {
  responses: Record<string, { content?: Record<string, unknown> }>;
}

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
  const documented = operation.responses[response.status];
  if (documented === undefined) throw new Error(`${what}, which is not documented`);
  const type = (response.headers.get('Content-Type') ?? '').replace(/;.*/, '');
  if (type === '' && documented.content === undefined) return;
  if (documented.content?.[type] === undefined) {
    throw new Error(`${what} with "${type}", which is not documented`);
  }
  if (!type.endsWith('json')) return;
  const pointer = ['paths', template, method.toLowerCase(), 'responses', `${response.status}`];
  const validate = document.validator([...pointer, 'content', type, 'schema']);
  if (validate(await response.clone().json())) return;
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
