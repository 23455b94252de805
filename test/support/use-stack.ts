import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { repairAll } from './services/services.ts';
import { type Stack, startStack } from './stack.ts';

/**
 * A stack for all tests of a file, whose services are repaired after each. It is filled in before the
 * first test, so only tests and hooks may look into it.
 */
export function useStack(...options: Parameters<typeof startStack>): Stack {
  const stack = {} as Stack;
  beforeAll(async () => {
    Object.assign(stack, await startStack(...options));
  });
  afterEach(() => repairAll(stack));
  afterAll(() => stack.stop?.());
  return stack;
}
