import { setTimeout as delay } from 'node:timers/promises';
import type { OperationKind, OperationLog } from '../operation-log.ts';
import type { ChaosStack } from '../stack/stack.ts';

export interface Request {
  kind: OperationKind;
  method: string;
  path: string;
  token: string;
  body?: object;
  headers?: Record<string, string>;
  /** What the operation log says of it. */
  about: { orderId?: string; user?: string; key?: string };
}

export interface Answer {
  status: number;
  body: AnswerBody | undefined;
}

/** Of an order, a problem or a list, what a run looks at. */
interface AnswerBody {
  orderId?: string;
  status?: string | number;
  code?: string;
  total?: { amount: string; currency: string };
}

/** How long a customer waits for one answer. */
const ANSWER_MS = 12_000;
const PAUSE_MS = 500;
const MOST_PAUSE_MS = 3_000;

/** Sends requests as a careful client does, and writes down each one. */
export class ShopClient {
  #turn = 0;

  constructor(
    private readonly stack: Pick<ChaosStack, 'apis'>,
    private readonly log: OperationLog,
  ) {}

  /** Sends it once. Undefined when no answer came. */
  async once(request: Request): Promise<{ answer?: Answer; retryAfterMs: number }> {
    const { kind, method, path, token, body, headers, about } = request;
    // As a load balancer does: each request goes to the next API.
    this.#turn += 1;
    const api = this.#turn % 2;
    const at = Date.now();
    const record = (status: number | 'none', answer: unknown) =>
      this.log.add({
        kind,
        at,
        ms: Date.now() - at,
        via: `api-${api + 1}`,
        ...about,
        status,
        answer,
      });
    try {
      const response = await fetch(`${this.stack.apis[api]}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const text = await response.text();
      const parsed = text === '' ? undefined : (JSON.parse(text) as AnswerBody);
      record(response.status, kind === 'read' ? parsed?.status : parsed);
      const retryAfterMs = Number(response.headers.get('Retry-After') ?? 0) * 1_000;
      return { answer: { status: response.status, body: parsed }, retryAfterMs };
    } catch (error) {
      record('none', error instanceof Error ? error.message : `${error}`);
      return { retryAfterMs: 0 };
    }
  }

  /**
   * Repeats the same request until it is answered for good; a server that is busy, gone or does not
   * know yet is asked again.
   */
  async untilAnswered(request: Request, stop: () => boolean): Promise<Answer | undefined> {
    while (!stop()) {
      const { answer, retryAfterMs } = await this.once(request);
      if (answer !== undefined && !isTemporary(answer)) return answer;
      await delay(Math.min(Math.max(retryAfterMs, PAUSE_MS), MOST_PAUSE_MS));
    }
    return undefined;
  }
}

function isTemporary({ status, body }: Answer): boolean {
  return status >= 500 || status === 429 || body?.code === 'request_in_progress';
}
