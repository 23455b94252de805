import { z } from 'zod';
import type { Cache } from './cache/cache.ts';
import { createServiceClient } from './http/http-client.ts';

interface User {
  id: string;
}

export interface AuthService {
  /** The user, if it is known and active. Throws ServiceFailure. */
  findUser(userId: string): Promise<User | undefined>;
  close(): void;
}

export function createAuthService(baseUrl: string, breakerResetMs: number): AuthService {
  const client = createServiceClient({
    service: 'auth',
    baseUrl,
    breaker: { name: 'auth', volumeThreshold: 20, resetMs: breakerResetMs },
  });
  return {
    async findUser(userId) {
      const user = await client.find({
        method: 'GET',
        path: `/api/users/${encodeURIComponent(userId)}`,
        timeoutMs: 1_000,
        schema: z.object({ id: z.literal(userId), active: z.boolean() }),
        changes: false,
        absent: 'user_not_found',
      });
      return user?.active ? { id: userId } : undefined;
    },
    close: () => client.close(),
  };
}

/** Remembers users who are known and active for minutes, others for seconds. */
export function cacheUsers(auth: AuthService, cache: Cache): AuthService {
  const lookUp = cache.lookup({
    kind: 'user',
    value: z.object({ id: z.string() }),
    async load([id]) {
      const user = id === undefined ? undefined : await auth.findUser(id);
      return user === undefined ? [] : [user];
    },
    idOf: ({ id }) => id,
  });
  return { ...auth, findUser: async (userId) => (await lookUp([userId]))[0] };
}
