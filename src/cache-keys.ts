/** What the worker caches, and whoever drops it, have to agree on. */
export const cacheKeys = {
  user: (id: string) => `user:${id}`,
  product: (id: string) => `product:${id}`,
} as const;
