import { readdirSync, readFileSync } from 'node:fs';
import { EXCHANGE } from '../../src/clients/rabbitmq/event-publisher.ts';
import { VERSION } from '../../src/platform/version.ts';

const folder = new URL('../../docs/use/events/', import.meta.url);

interface EventSchema {
  $schema: string;
  $id: string;
  title: string;
  examples?: { type: string }[];
}

/** The AsyncAPI document of the events: a message for each schema in docs/use/events. */
export function asyncApi(): string {
  const types = readdirSync(folder)
    .filter((name) => name.startsWith('order.'))
    .map((name) => name.replace('.schema.json', ''));
  const messages = Object.fromEntries(types.map((type) => [type, messageOf(type)]));
  const refs = types.map((type) => ({ $ref: `#/channels/orders/messages/${type}` }));
  const document = {
    asyncapi: '3.1.0',
    info: {
      title: 'Events of orders',
      version: VERSION,
      description:
        'What happens to an order, as CloudEvents 1.0 in structured mode: the body is the whole event. Each comes at least once, in the order of the versions of its order. docs/use/events.md says more.',
      contact: { name: 'Whoever runs this service' },
      license: { name: 'MIT' },
      tags: [{ name: 'orders' }],
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      broker: {
        host: '{host}',
        protocol: 'amqp',
        description: 'The RabbitMQ of the shop',
        variables: { host: { description: 'Host and port', default: 'localhost:5672' } },
      },
    },
    channels: {
      orders: {
        address: EXCHANGE,
        title: 'All events of orders',
        description:
          'A topic exchange. The routing key is the type of the event: bind order.# for all.',
        messages: Object.fromEntries(
          types.map((type) => [type, { $ref: `#/components/messages/${type}` }]),
        ),
        bindings: {
          amqp: {
            is: 'routingKey',
            exchange: { name: EXCHANGE, type: 'topic', durable: true, autoDelete: false },
          },
        },
      },
    },
    operations: {
      publish: {
        action: 'send',
        title: 'Publish what happened',
        description: 'Persistent, mandatory, and confirmed by the broker; repeated until it is.',
        channel: { $ref: '#/channels/orders' },
        messages: refs,
        bindings: { amqp: { deliveryMode: 2, mandatory: true } },
      },
    },
    components: {
      messages,
      schemas: Object.fromEntries(['event', ...types].map((name) => [name, schemaOf(name)])),
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function messageOf(type: string) {
  const { title, examples = [] } = read(type);
  return {
    name: type,
    title,
    contentType: 'application/cloudevents+json',
    payload: { $ref: `#/components/schemas/${type}` },
    examples: examples.map((payload) => ({ payload })),
  };
}

/** As part of the document: it refers to the envelope inside of it. */
function schemaOf(name: string): object {
  const { $schema, $id, examples, ...schema } = read(name);
  const text = JSON.stringify(schema).replaceAll(
    '"event.schema.json"',
    '"#/components/schemas/event"',
  );
  return JSON.parse(text);
}

function read(name: string): EventSchema {
  return JSON.parse(readFileSync(new URL(`${name}.schema.json`, folder), 'utf8'));
}
