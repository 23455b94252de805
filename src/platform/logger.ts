import { type DestinationStream, type Logger, pino } from 'pino';
import { logFields } from './tracing/work.ts';

export type { Logger };

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
      redact: ['req.headers.authorization', '*.token', '*.paymentToken', '*.password'],
      formatters: { level: (label) => ({ level: label }) },
      mixin: logFields,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
}
