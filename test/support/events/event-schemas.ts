import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { OrderEvent } from '../../../src/domain/events.ts';

export interface PublishedEvent {
  id: string;
  type: OrderEvent['type'];
  subject: string;
  sequence: string;
  time: string;
  data: Record<string, unknown>;
}

const read = (name: string): AnySchemaObject => {
  const url = new URL(`../../../docs/use/events/${name}.schema.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as AnySchemaObject;
};

/** The published schemas; the compiler sees to it that no type of event is without one. */
export const eventSchemas: Readonly<Record<OrderEvent['type'], AnySchemaObject>> = {
  'order.created': read('order.created'),
  'order.paid': read('order.paid'),
  'order.address_changed': read('order.address_changed'),
  'order.delivered': read('order.delivered'),
  'order.refunded': read('order.refunded'),
  'order.status_changed': read('order.status_changed'),
};

const ajv = new Ajv2020({ allErrors: true });
formats.default(ajv);
ajv.addSchema(read('event'));
const validators = Object.fromEntries(
  Object.entries(eventSchemas).map(([type, schema]) => [type, ajv.compile(closed(schema))]),
);

/** Throws unless this is an event exactly as its schema says, with nothing added. */
export function checkedEvent(event: unknown): PublishedEvent {
  const seen = event as PublishedEvent;
  const validate = validators[seen.type];
  if (!validate?.(seen)) {
    const why = ajv.errorsText(validate?.errors) || 'its type has no schema';
    throw new Error(`${JSON.stringify(event)} does not fit: ${why}`);
  }
  const { id, subject, sequence, type, data } = seen;
  if (id !== `${subject}:${sequence}:${type}` || data.orderId !== subject) {
    throw new Error(`${JSON.stringify(event)} contradicts itself`);
  }
  return seen;
}

/** The schema without its tolerance for members that are added one day. */
function closed(schema: AnySchemaObject): AnySchemaObject {
  const { properties, items } = schema;
  if (items) return { ...schema, items: closed(items) };
  if (!properties) return schema;
  const members = Object.entries<AnySchemaObject>(properties);
  return {
    ...schema,
    properties: Object.fromEntries(members.map(([name, member]) => [name, closed(member)])),
    unevaluatedProperties: false,
  };
}
