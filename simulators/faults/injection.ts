import { setTimeout as sleep } from 'node:timers/promises';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Attempts } from '../shared/attempts.ts';
import { describeRequest } from '../shared/incoming.ts';
import { Problem, problemResponse } from '../shared/problem.ts';
import type { ServiceEnv } from '../shared/service-parts.ts';
import { garbageResponse } from './garbage.ts';
import type { FaultDecision, FaultPlan, FaultReport } from './plan.ts';
import { routePattern } from './route-pattern.ts';

type Handler = MiddlewareHandler<ServiceEnv>;

const holdMs = 60_000;

/** Counts each request, asks the plan what befalls it, and makes that happen. */
export function faultInjection(
  plan: FaultPlan,
  attempts: Attempts,
  declines: readonly string[],
): Handler {
  const declinable = declines.map(routePattern);
  return async (c, next) => {
    const request = await describeRequest(c.req);
    attempts.count(request);
    const { delayMs, ...decision } = plan.decide(request);
    // Unreferenced: a request that sleeps does not keep a stopping process alive.
    if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
    const { fault } = decision;
    if (!fault) return next();
    if (fault.kind === 'decline') {
      if (!declinable.some((pattern) => pattern.test(request.line))) {
        throw new Problem('refused', fault.reason ?? 'The request was refused');
      }
      c.set('decline', fault.reason ?? 'declined');
      return next();
    }
    const before = fault.kind === 'errorBefore' || (!isError(fault) && fault.effect === 'before');
    if (!before) await next();
    const answer = await faultyAnswer(c, { ...decision, fault }, before);
    c.res = undefined;
    c.res = answer;
  };
}

function isError({ kind }: FaultReport): boolean {
  return kind === 'errorBefore' || kind === 'errorAfter';
}

async function faultyAnswer(
  c: Context<ServiceEnv>,
  { fault, variant }: Omit<FaultDecision, 'delayMs'> & { fault: FaultReport },
  before: boolean,
): Promise<Response> {
  if (fault.kind === 'timeout') return neverAnswer(c, fault.latencyMs ?? holdMs);
  if (fault.kind === 'garbage') {
    const real = before ? new Response('{"status":"ok","items":[]}') : c.res;
    return garbageResponse(variant, real, c.env.outgoing);
  }
  return errorAnswer(fault);
}

function errorAnswer({ id, status, retryAfterSeconds }: FaultReport): Response {
  const headers: Record<string, string> = { 'x-simulated-fault': encodeURIComponent(id) };
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  if (status < 400) headers.location = '/livez';
  const code = status === 429 ? 'rate_limited' : 'unavailable';
  const detail = 'A fault was asked for';
  return problemResponse(status as ContentfulStatusCode, code, detail, { headers });
}

/** Holds the connection until the client leaves or its time is up, and then cuts it. */
async function neverAnswer({ env }: Context<ServiceEnv>, afterMs: number): Promise<Response> {
  const { outgoing } = env;
  if (!outgoing.destroyed) {
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => outgoing.destroy(), afterMs);
      outgoing.once('close', () => {
        clearTimeout(cut);
        resolve();
      });
    });
  }
  return RESPONSE_ALREADY_SENT;
}
