import { setTimeout as delay } from 'node:timers/promises';
import { chargeKey } from '../../src/contract/idempotency-keys.ts';
import { operatorSignal, operatorUpdate, orderWorkflowId } from '../../src/contract/order.ts';
import type { OperationLog } from '../operation-log.ts';
import { Random } from '../random.ts';
import type { ChaosStack } from '../stack/stack.ts';
import type { AcceptedOrder } from './customers.ts';
import { ShopClient } from './shop-client.ts';

const RETRY_EVERY_MS = 7_000;
const SHIPPERS = 3;
const BY = 'olga';

/** Those who ship orders, bring in bank transfers and retry what is stuck, by all the ways there are. */
export class Operators {
  readonly #client: ShopClient;
  readonly #random: Random;
  readonly #toShip: string[] = [];
  readonly #toPay: string[] = [];
  #isStopped = false;

  constructor(
    private readonly stack: ChaosStack,
    private readonly log: OperationLog,
    seed: string,
  ) {
    this.#client = new ShopClient(stack, log);
    this.#random = new Random(`${seed}:operators`);
  }

  /** What the shop has to do about a new order. */
  take({ orderId, isTransfer }: AcceptedOrder): void {
    if (isTransfer) this.#toPay.push(orderId);
    else if (this.#random.chance(0.8)) this.#toShip.push(orderId);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async work(): Promise<void> {
    const shippers = Array.from({ length: SHIPPERS }, () => this.#shipAll());
    await Promise.all([...shippers, this.#payAll(), this.#retryAll()]);
  }

  async #shipAll(): Promise<void> {
    while (!this.#isStopped) {
      const orderId = this.#toShip.shift();
      if (orderId === undefined) await delay(200);
      else await this.#ship(orderId);
    }
  }

  async #ship(orderId: string): Promise<void> {
    const way = this.#random.pick(['api', 'api', 'signal', 'update']);
    if (way === 'api') return this.shipByApi(orderId);
    const handle = this.stack.temporal.workflow.getHandle(orderWorkflowId(orderId));
    await this.#record('ship', way, orderId, () =>
      way === 'signal'
        ? handle.signal(operatorSignal('markShipped'), { by: BY })
        : this.stack.temporal.withDeadline(Date.now() + 10_000, () =>
            handle.executeUpdate(operatorUpdate('markShipped'), { args: [{ by: BY }] }),
          ),
    );
  }

  async shipByApi(orderId: string): Promise<void> {
    await this.#client.untilAnswered(
      {
        ...{ kind: 'ship', method: 'PATCH', path: `/api/orders/${orderId}/status` },
        token: await this.stack.tokenOf(BY, 'admin'),
        body: { status: 'ENVIADO' },
        about: { orderId },
      },
      () => this.#isStopped,
    );
  }

  async #payAll(): Promise<void> {
    while (!this.#isStopped) {
      const orderId = this.#toPay.shift();
      if (orderId !== undefined && this.#random.chance(0.6)) await this.pay(orderId);
      await delay(300);
    }
  }

  /** The customer's money arrives at the bank. A transfer that was cancelled meanwhile takes none. */
  async pay(orderId: string): Promise<void> {
    const { payments } = this.stack.serviceUrls;
    const url = `${payments}/admin/payments/${encodeURIComponent(chargeKey(orderId))}/confirm`;
    await this.#record('pay', 'bank', orderId, async () => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{}',
        signal: AbortSignal.timeout(3_000),
      });
      if (!response.ok) throw new Error(`${response.status}`);
    });
  }

  async #retryAll(): Promise<void> {
    while (!this.#isStopped) {
      await delay(RETRY_EVERY_MS);
      await this.retryStuck();
    }
  }

  /** The admin API's action on all that is stuck. */
  async retryStuck(): Promise<void> {
    await this.#client.once({
      ...{ kind: 'retry', method: 'POST', path: '/api/admin/orders/stuck/retry' },
      token: await this.stack.tokenOf(BY, 'admin'),
      body: { note: 'chaos' },
      about: {},
    });
  }

  async #record(
    kind: 'ship' | 'pay',
    via: string,
    orderId: string,
    act: () => Promise<unknown>,
  ): Promise<void> {
    const at = Date.now();
    const end = (status: 200 | 'none', answer?: string) =>
      this.log.add({ kind, at, ms: Date.now() - at, via, orderId, status, answer });
    try {
      await act();
      end(200);
    } catch (error) {
      end('none', error instanceof Error ? error.message : `${error}`);
    }
  }
}
