import { describe, expect, it } from '@jest/globals';
import { pages } from '../../dev/docs/pages.ts';
import { problems } from '../../src/domain/problems.ts';

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  responses: Record<string, { $ref?: string; content?: Record<string, { schema: object }> }>;
}
type Schema = { type?: string; format?: string; properties: Record<string, Schema>; $ref?: string };
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, { content: Record<string, { schema: object }> }>;
    examples: Record<string, { value: { code: string; status: number } }>;
  };
}

const document = JSON.parse(pages()['use/openapi.json'] ?? '') as Document;
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

describe('the OpenAPI document', () => {
  it('has a name, a group and texts for each operation', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(names).toContain('placeOrder');
    expect(new Set(names).size).toBe(operations.length);
    for (const { tags, summary, description } of operations) {
      expect([tags.length, typeof summary, typeof description]).toEqual([1, 'string', 'string']);
    }
  });

  it('has one schema for all problems, and an example for each code', () => {
    const refusals = operations.flatMap(({ responses }) =>
      Object.entries(responses)
        .filter(([status]) => Number(status) >= 400)
        .map(([, { $ref, content }]) => {
          const shared = document.components.responses[$ref?.split('/').at(-1) ?? ''];
          return (content ?? shared?.content)?.['application/problem+json']?.schema;
        }),
    );
    expect(refusals.length).toBeGreaterThan(100);
    expect([...new Set(refusals.map((schema) => JSON.stringify(schema)))]).toEqual([
      '{"$ref":"#/components/schemas/Problem"}',
    ]);
    const examples = Object.values(document.components.examples).map(({ value }) => value);
    expect(examples.map(({ code, status }) => [code, status])).toEqual(
      Object.entries(problems).map(([code, { status }]) => [code, status]),
    );
  });

  it('says how large numbers may be: generated clients choose their types by it', () => {
    const { Order, Amount, PlaceOrder } = document.components.schemas;
    expect(Amount?.properties.minor).toMatchObject({ type: 'integer', format: 'int64' });
    expect(Order?.properties.totalAmount).toMatchObject({ type: 'number', format: 'double' });
    expect(PlaceOrder?.properties.billingAddress).toEqual({ $ref: '#/components/schemas/Address' });
  });

  it('describes the stream of events as the text that it is', () => {
    const { content } = document.paths['/api/orders/{id}/events']?.get?.responses[200] ?? {};
    expect(content?.['text/event-stream']?.schema).toMatchObject({
      type: 'string',
      contentSchema: { $ref: '#/components/schemas/StatusChanged' },
    });
  });
});
