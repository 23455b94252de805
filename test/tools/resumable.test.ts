import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { resumable } from '../../src/activities/resumable.ts';

describe('long work of an activity', () => {
  it('says how far it is with every heartbeat, also while a step takes long', async () => {
    const environment = new MockActivityEnvironment();
    const heartbeats: unknown[] = [];
    const twice = new Promise<void>((resolve) => {
      environment.on('heartbeat', (details) => {
        heartbeats.push(details);
        if (heartbeats.length === 2) resolve();
      });
    });
    await environment.run(() =>
      resumable({ done: 0 }, async ({ state }) => {
        state.done = 7;
        await twice;
      }),
    );
    expect(heartbeats).toEqual([{ done: 7 }, { done: 7 }]);
  });

  it('begins where the attempt before it was lost', async () => {
    const environment = new MockActivityEnvironment({ heartbeatDetails: { done: 7 } });
    const done = await environment.run(() =>
      resumable({ done: 0 }, async ({ state }) => state.done),
    );
    expect(done).toBe(7);
  });

  it('ends at once when the worker stops, as a failure that is tried again', async () => {
    const environment = new MockActivityEnvironment();
    const ended = environment.run(() => resumable({}, () => new Promise<never>(() => {})));
    environment.cancel('WORKER_SHUTDOWN');
    const failure = await Promise.resolve(ended).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'interrupted', nonRetryable: false });
  });
});
