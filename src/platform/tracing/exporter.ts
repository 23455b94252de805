import { setTimeout } from 'node:timers/promises';
import { type DiagLogger, DiagLogLevel, diag, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import type { Logger } from '../logger.ts';
import { VERSION } from '../version.ts';

/** For the last spans, when the program stops. */
const FLUSH_MS = 1_000;
const REMIND_MS = 60_000;

/**
 * Records spans from now on, and sends them by OTLP over HTTP. Without an endpoint none are recorded.
 * What else there is to set, such as headers and sampling, the libraries read from OTEL_* variables.
 */
export function exportSpans(service: string, endpoint: string | undefined, log: Logger) {
  if (endpoint === undefined) return { stop: async () => {} };
  diag.setLogger(reminding(log), { logLevel: DiagLogLevel.WARN });
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: service,
      [ATTR_SERVICE_VERSION]: VERSION,
    }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  trace.setGlobalTracerProvider(provider);
  return {
    /** A collector that does not answer must not hold up the end of the program. */
    async stop() {
      const limit = setTimeout(FLUSH_MS, undefined, { ref: false });
      await Promise.race([provider.shutdown().catch(() => undefined), limit]);
    },
  };
}

/** What the libraries complain of, which they repeat for every batch, is written once a minute. */
function reminding(log: Logger): DiagLogger {
  let toldAt = Number.NEGATIVE_INFINITY;
  const warn = (error: string) => {
    if (performance.now() - toldAt < REMIND_MS) return;
    toldAt = performance.now();
    log.warn({ err: error }, 'spans are not sent');
  };
  return { error: warn, warn, info() {}, debug() {}, verbose() {} };
}
