export interface PlantedFault {
  name: string;
  file: string;
  /** Where in the file it is planted, and what stands there then. */
  from: string;
  to: string;
  /** The test file that has to fail, and which of its tests, as a pattern. */
  test: string;
  only: string;
}

const order = 'test/orders/order.test.ts';
const cancel = 'test/orders/cancel.test.ts';
const store = 'test/data/store.test.ts';
const unknown = 'test/orders/unknown-outcomes.test.ts';
const workflow = 'src/workflows/order/order-workflow.ts';
const orderStore = 'src/store/order-store.ts';
const keys = 'src/contract/idempotency-keys.ts';

/** What a change may break without a word; for each, what tells of it. */
export const faults: readonly PlantedFault[] = [
  {
    name: 'a charge has a new key at each attempt',
    ...{ file: keys, from: ':charge`', to: `:charge:\${Math.random()}\`` },
    ...{ test: 'test/outages/worker-killed.test.ts', only: 'after the charge' },
  },
  {
    name: 'a reservation has a new key at each attempt',
    ...{ file: keys, from: ':reserve`', to: `:reserve:\${Math.random()}\`` },
    ...{ test: 'test/outages/worker-killed.test.ts', only: 'after the reservation' },
  },
  {
    name: 'the customer is told before the order is written',
    file: workflow,
    from: 'await place();\n      placement.accept();',
    to: 'placement.accept();\n      await place();',
    ...{ test: order, only: 'for want of stock' },
  },
  {
    name: 'events are published before the change is recorded',
    file: 'src/workflows/order/order-record.ts',
    from: 'await this.#steps.recordTransition({',
    to: "this.arrive(to, version, [{ version, from, to, comment: change.comment, at }]);\n    if (this.status === 'PAGADO' || to !== 'PAGADO') await this.#steps.recordTransition({",
    ...{ test: 'test/orders/replay.test.ts', only: 'paid-and-shipped' },
  },
  {
    name: 'the refund is forgotten',
    ...{ file: workflow, from: 'saga.add(giveBack);', to: '' },
    ...{ test: cancel, only: 'after it was paid' },
  },
  {
    name: 'the release is forgotten',
    ...{ file: workflow, from: 'saga.add(release);', to: 'saga.add(async () => {});' },
    ...{ test: order, only: 'gives the stock back' },
  },
  {
    name: 'stock of a shipped order is released',
    file: workflow,
    from: "measureTimeTo('shipped');",
    to: "measureTimeTo('shipped');\n      await steps.releaseStock(input.orderId);",
    ...{
      test: 'test/outages/lost-tasks.test.ts',
      only: 'before the first workflow task|is acted on',
    },
  },
  {
    name: 'a step whose outcome is unknown is not compensated',
    file: workflow,
    from: 'if (error instanceof Refusal) saga.drop();\n      throw error;\n    }\n  }\n\n  async function pay',
    to: 'saga.drop();\n      throw error;\n    }\n  }\n\n  async function pay',
    ...{ test: unknown, only: 'is given up and released' },
  },
  {
    name: 'an OrderConflict is swallowed',
    file: orderStore,
    ...{ from: `throw new OrderConflict(\`the order is \${where}\`);`, to: 'void where;' },
    ...{ test: store, only: 'does not begin where the order is' },
  },
  {
    name: 'a transition does not look at the version',
    file: orderStore,
    from: 'const before = { uuid, status, version: version - 1 };',
    to: 'const before = { uuid };',
    ...{ test: store, only: 'does not begin where the order is' },
  },
  {
    name: 'a late write overwrites the payment',
    file: orderStore,
    from: 'const filter = { idempotencyKey, paymentStatus: before };',
    to: 'const filter = { idempotencyKey };\n    void before;',
    ...{ test: store, only: 'late attempt writes what was before' },
  },
  {
    name: 'writes are answered before a majority has them',
    file: 'src/store/connection.ts',
    ...{ from: "w: 'majority', journal: true", to: 'w: 1, journal: false' },
    ...{ test: 'test/data/store-crash.test.ts', only: 'a majority has it' },
  },
  {
    name: 'an event has a new id each time it is published',
    file: 'src/clients/rabbitmq/event-publisher.ts',
    ...{ from: '    id: event.id,', to: '    id: randomUUID(),' },
    ...{ test: order, only: 'publishes its events in version order' },
  },
  {
    name: 'a lost answer counts as no effect',
    file: 'src/clients/http/http-client.ts',
    from: "const kind = changes && !NOT_SENT.has(code) ? 'unknown' : 'transient';",
    to: "const kind = 'transient';",
    ...{ test: 'test/tools/service-clients.test.ts', only: 'connection is cut' },
  },
  {
    name: 'an unknown outcome is forgotten at the next attempt',
    file: 'src/activities/error-mapping.ts',
    ...{ from: 'progress.isUnknown ||= ', to: 'progress.isUnknown = ' },
    ...{ test: 'test/orders/retries.test.ts', only: 'in the middle of its attempts' },
  },
  {
    name: 'a shipped order can be cancelled',
    file: 'src/workflows/actions/cancel-order.ts',
    from: "if (order.status === 'ENVIADO' || intents.ship !== undefined) return 'the order is shipped';",
    to: 'void order;',
    ...{ test: cancel, only: 'while the shipping is being written' },
  },
  {
    name: 'a charge of another amount counts',
    file: 'src/clients/payments.ts',
    ...{ from: '|| toMinor(amount, currency) !== charge.amount', to: '' },
    ...{ test: 'test/tools/service-clients.test.ts', only: 'another amount' },
  },
];
