import { z } from 'zod';
import { programs } from '../../src/config/config.ts';

interface Row {
  name: string;
  schema: z.ZodType;
  of: string[];
}

const INTRO = `# Configuration

<!-- Made from src/config/variables.ts by \`npm run docs\`. -->

Every variable of the programs, from the environment or from \`.env\` (\`npm\` scripts and Compose read it). An empty
value counts as none. A value that is missing or wrong stops the start with exit code 1 and the variable's name. Names
that end in \`_MS\` are milliseconds. Ports of the development launcher and of containers are in
[.env.example](../../.env.example).

Where Temporal is, is said by its own variables, for all programs but the codec server: \`TEMPORAL_ADDRESS\`
(127.0.0.1:7233 unless set; required in production), \`TEMPORAL_NAMESPACE\`, \`TEMPORAL_API_KEY\`, \`TEMPORAL_TLS_*\`, or a
profile of its CLI. With NODE_ENV=production \`TEMPORAL_UI_URL\`, \`REDIS_URL\`, \`RABBITMQ_URL\` and
\`TEMPORAL_PAYLOAD_KEYS\` are required too, and secrets that are published or weak are refused
([security](security.md)).

| variable | what it is | values | default | of |
|---|---|---|---|---|
`;

/** One row for each variable, with the programs that read it. */
export function configurationPage(): string {
  const rows = new Map<string, Row>();
  for (const [program, variables] of Object.entries(programs)) {
    for (const [name, schema] of Object.entries(variables)) {
      const row = rows.get(name) ?? { name, schema, of: [] };
      rows.set(name, { ...row, of: [...row.of, program] });
    }
  }
  return `${INTRO}${[...rows.values()].map(rowOf).join('\n')}\n`;
}

function rowOf({ name, schema, of }: Row): string {
  if (schema.description === undefined) throw new Error(`${name} is not described`);
  const cells = [`\`${name}\``, schema.description, valuesOf(schema), defaultOf(schema)];
  return `| ${[...cells, of.join(', ')].join(' | ')} |`;
}

function defaultOf(schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success) return '**required**';
  const { data } = parsed;
  return data === undefined || (Array.isArray(data) && data.length === 0) ? '' : `\`${data}\``;
}

function valuesOf(schema: z.ZodType): string {
  const {
    enum: names,
    type,
    minimum,
    maximum,
  } = z.toJSONSchema(schema, {
    unrepresentable: 'any',
  });
  if (names !== undefined) return names.join(', ');
  if (type !== 'integer') return '';
  return maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER
    ? `from ${minimum}`
    : `${minimum} to ${maximum}`;
}
