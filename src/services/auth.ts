import { z } from 'zod';
import { Refusal } from '../domain/refusal.ts';
import { createServiceClient } from './http-client.ts';

const User = z.object({ id: z.string(), active: z.boolean() });
export type User = z.output<typeof User>;

export interface AuthService {
  /** Throws Refusal user_not_allowed for a user that is not known. */
  findUser(userId: string): Promise<User>;
  close(): void;
}

export function createAuthService(baseUrl: string, breakerResetMs: number): AuthService {
  const client = createServiceClient({
    service: 'auth',
    baseUrl,
    timeoutMs: 1_000,
    breaker: { volumeThreshold: 20, resetMs: breakerResetMs },
  });
  return {
    findUser: (userId) =>
      client.call({
        method: 'GET',
        path: `/api/users/${encodeURIComponent(userId)}`,
        schema: User,
        changes: false,
        refusal: (status) => (status === 404 ? userNotAllowed() : undefined),
      }),
    close: () => client.close(),
  };
}

export function userNotAllowed(): Refusal {
  return new Refusal('user_not_allowed', 'The user is not known or not active');
}
