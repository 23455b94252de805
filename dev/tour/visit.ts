import type { LaunchedStack } from '../launcher/stack.ts';
import type { Guide } from './guide.ts';
import type { Shop } from './shop.ts';

/** What each part of the tour works with. */
export interface Visit {
  stack: LaunchedStack;
  shop: Shop;
  guide: Guide;
}
