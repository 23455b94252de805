import { type ApiDeps, createApp } from '../../src/api/app.ts';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import { problems } from '../../src/domain/problems.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { asyncApi } from './async-api.ts';
import { configurationPage } from './configuration-page.ts';

/** The pages in docs/ that are made from the code, by their names. */
export function pages(): Record<string, string> {
  return {
    'use/openapi.json': openApi(),
    'use/asyncapi.json': asyncApi(),
    'use/problems.md': problemTable(),
    'operate/configuration.md': configurationPage(),
  };
}

function openApi(): string {
  // To be described an app needs none of what it needs to answer.
  const limits = {
    RATE_LIMIT_USER_PER_MINUTE: 1,
    RATE_LIMIT_ADMIN_PER_MINUTE: 1,
    RATE_LIMIT_PLACEMENTS_PER_MINUTE: 1,
  };
  const config = { ...limits, CORS_ORIGINS: [], JWT_SECRET: 'of no token' };
  const log = createLogger('docs', 'silent');
  const document = openApiDocument(createApp({ config, log } as unknown as ApiDeps));
  return `${JSON.stringify(document, null, 2)}\n`;
}

function problemTable(): string {
  const rows = Object.entries(problems).map(
    ([code, { status, title, help }]) => `| ${status} | \`${code}\` | ${title} | ${help} |`,
  );
  return [
    '# Problems',
    '',
    '<!-- Made from src/domain/problems.ts by `npm run docs`. -->',
    '',
    'Whatever the API refuses, it answers with `application/problem+json` (RFC 9457): `type`, `title`,',
    '`status`, `code`, `requestId`, often `detail`, and for a request that is not valid `errors`, each',
    'with a JSON pointer. The codes are stable; titles and details are for people, and may change.',
    '`type` leads to the same table: `GET /problems/{code}`.',
    '',
    '| status | code | what it means | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
