import {
  type Context,
  context,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { VERSION } from '../version.ts';

export const tracer = trace.getTracer('orders-service', VERSION);

/**
 * Does something within a span, which costs next to nothing while no spans are recorded. What it
 * throws is noted by its name: messages may tell what must not leave the service.
 *
 * @param isError whether what was thrown is a failure, and no answer
 */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
  { parent = context.active(), isError = () => true }: InSpan = {},
): Promise<T> {
  return tracer.startActiveSpan(name, options, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      if (isError(error)) fail(span, error instanceof Error ? error.name : 'error');
      throw error;
    } finally {
      span.end();
    }
  });
}

interface InSpan {
  parent?: Context;
  isError?: (error: unknown) => boolean;
}

/** Marks what a span stands for as failed. */
export function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}
