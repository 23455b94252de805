import { type DestinationStream, type Logger, pino } from 'pino';
import { logFields } from './tracing/work.ts';

export type { Logger };

/** What libraries add to their errors may hold a password or what a customer wrote: a command, a body. */
function tellError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name: type, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    ...{ type, message, stack },
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(cause instanceof Error && { cause: tellError(cause) }),
  };
}

/**
 * JSON logs that name the request and the order they are about; what could identify a person or
 * open a door never gets into them.
 */
export function createLogger(
  name: string,
  level: string,
  destination: DestinationStream = pino.destination(1),
): Logger {
  return pino(
    {
      name,
      level,
      serializers: { err: tellError },
      redact: ['req.headers.authorization', '*.token', '*.paymentToken', '*.password'],
      formatters: { level: (label) => ({ level: label }) },
      mixin: logFields,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
}
