import type { Stack } from '../launcher/stack.ts';
import type { Guide } from './guide.ts';
import type { Shop } from './shop.ts';

/** What each part of the tour works with. */
export interface Visit {
  stack: Stack;
  shop: Shop;
  guide: Guide;
}
