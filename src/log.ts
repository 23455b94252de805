import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON logs; what could identify a person or open a door never gets into them. */
export function createLogger(name: string, level: string): Logger {
  return pino({
    name,
    level,
    redact: ['req.headers.authorization', '*.token', '*.paymentToken', '*.password'],
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}
