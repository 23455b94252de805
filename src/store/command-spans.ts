import { type Span, SpanKind, trace } from '@opentelemetry/api';
import type { Connection } from 'mongoose';
import { fail, tracer } from '../platform/tracing/span.ts';

/** A span for each command that MongoDB gets within another span. What is written is not in it. */
export function recordCommands(connection: Connection): void {
  const open = new Map<number, Span>();
  const end = (requestId: number) => {
    const span = open.get(requestId);
    open.delete(requestId);
    return span;
  };
  connection
    .getClient()
    .on('commandStarted', ({ requestId, commandName, databaseName, command }) => {
      if (!trace.getActiveSpan()?.isRecording()) return;
      const collection = String(command[commandName]);
      const span = tracer.startSpan(`${commandName} ${collection}`, {
        kind: SpanKind.CLIENT,
        attributes: {
          'db.system.name': 'mongodb',
          'db.namespace': databaseName,
          'db.collection.name': collection,
          'db.operation.name': commandName,
        },
      });
      open.set(requestId, span);
    })
    .on('commandSucceeded', ({ requestId }) => end(requestId)?.end())
    .on('commandFailed', ({ requestId, failure }) => {
      const span = end(requestId);
      if (span === undefined) return;
      fail(span, failure.name);
      span.end();
    });
}
