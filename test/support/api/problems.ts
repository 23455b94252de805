import { expect } from '@jest/globals';

/** Expects a problem document with this code, and answers it. */
export async function expectProblem(
  response: Response,
  status: number,
  code: string,
): Promise<Record<string, unknown>> {
  const body = (await response.json()) as Record<string, unknown>;
  expect([response.status, body]).toMatchObject([status, { status, code }]);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  return body;
}
