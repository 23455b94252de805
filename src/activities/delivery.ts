import type { RecordedDelivery } from '../domain/records.ts';
import type { DeliveryStore, ToDeliver } from '../store/delivery-store.ts';
import { withFailures } from './error-mapping.ts';

export type DeliveryActivities = ReturnType<typeof createDeliveryActivities>;

export function createDeliveryActivities({ deliveries }: { deliveries: DeliveryStore }) {
  return withFailures({
    async recordDelivery(delivery: ToDeliver): Promise<RecordedDelivery> {
      return deliveries.record(delivery);
    },
  });
}
