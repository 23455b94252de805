import { measureProgress } from '../activities/reconciler/progress-metric.ts';
import { cacheUsers, createAuthService } from '../clients/auth.ts';
import { type Cache, createCache } from '../clients/cache/cache.ts';
import { consumeInvalidations } from '../clients/cache/invalidation.ts';
import { createInventoryService } from '../clients/inventory.ts';
import { createPaymentsService } from '../clients/payments.ts';
import { cacheProducts, createProductsService } from '../clients/products.ts';
import { createFilePublisher, createRabbitPublisher } from '../clients/rabbitmq/event-publisher.ts';
import type { WorkerConfig } from '../config/config.ts';
import { createDataConverter } from '../payloads/data-converter.ts';
import type { Logger } from '../platform/logger.ts';
import { DataKeyStore } from '../store/data-key-store.ts';
import { DeliveryStore } from '../store/delivery-store.ts';
import { ErasureStore } from '../store/erasure-store.ts';
import { openStore } from '../store/open-store.ts';
import { OrderQueries } from '../store/order-queries.ts';
import { OrderStore } from '../store/order-store.ts';
import { ReconcileStore } from '../store/reconcile-store.ts';
import { RefundStore } from '../store/refund-store.ts';
import { RefusalStore } from '../store/refusal-store.ts';

/** Opens what the activities work with; waits for MongoDB until the signal. */
export async function openResources(config: WorkerConfig, log: Logger, signal: AbortSignal) {
  const database = await openStore(config.MONGODB_URI, {
    ...{ log, signal },
    isTraced: config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
  });
  const dataConverter = createDataConverter(config, database, { isWorker: true });
  const resetMs = config.BREAKER_RESET_MS;
  const cache = createCache(config.REDIS_URL, log);
  const auth = cacheUsers(createAuthService(config.AUTH_SERVICE_URL, resetMs), cache);
  const products = cacheProducts(
    createProductsService(config.PRODUCTS_SERVICE_URL, resetMs),
    cache,
  );
  const inventory = createInventoryService(config.INVENTORY_SERVICE_URL, resetMs);
  const payments = createPaymentsService(config.PAYMENTS_SERVICE_URL, {
    resetMs,
    chargeResetMs: config.CHARGE_BREAKER_RESET_MS,
  });
  const invalidations = listenForChanges(config, cache, log);
  const events =
    config.RABBITMQ_URL === undefined
      ? createFilePublisher(config.EVENTS_FILE)
      : createRabbitPublisher(config.RABBITMQ_URL, log);
  const store = new OrderStore(database);
  const queries = new OrderQueries(database);
  const reconcileStore = new ReconcileStore(database);
  measureProgress(reconcileStore);

  async function close(): Promise<void> {
    for (const service of [auth, products, inventory, payments]) service.close();
    await Promise.all([invalidations?.close(), events.close(), database.close()]);
    cache.close();
  }
  const erasures = new ErasureStore(database);
  const dataKeys = new DataKeyStore(database);
  const refunds = new RefundStore(database);
  const deliveries = new DeliveryStore(database);
  const refusals = new RefusalStore(database);
  const stores = {
    store,
    queries,
    reconcileStore,
    refunds,
    deliveries,
    refusals,
    erasures,
    dataKeys,
  };
  return { auth, products, inventory, payments, events, ...stores, dataConverter, close };
}

function listenForChanges(config: WorkerConfig, cache: Cache, log: Logger) {
  const { RABBITMQ_URL: url, REDIS_URL, INVALIDATION_EXCHANGE: exchange } = config;
  if (url === undefined) return undefined;
  const shared = `${config.TEMPORAL_TASK_QUEUE}.cache-invalidation`;
  const queue = REDIS_URL === undefined ? undefined : shared;
  return consumeInvalidations({ url, exchange, queue, cache, log });
}
