/** How far the answer to a placement waits for the order. Milliseconds. */
export type Wait =
  /** Only until the order is taken. */
  | { until: 'taken' }
  /** Until it is placed; the API's own deadline when absent. */
  | { until: 'placed'; ms?: number }
  /** Until its payment is decided. */
  | { until: 'paid'; ms: number };

/** What a client would like (RFC 7240), and what of it is done. */
export interface Preferences {
  wait: Wait;
  /** To have 202, not the order, where its payment is open. */
  respondAsync: boolean;
  /** The header Preference-Applied. */
  applied: string | undefined;
}

export const MAX_WAIT_SECONDS = 30;

/** Reads the header Prefer. What is not known there, or makes no sense, is ignored. */
export function readPreferences(header: string | undefined): Preferences {
  const asked = (header ?? '').split(',').map((one) => one.split(';')[0]?.trim().toLowerCase());
  const respondAsync = asked.includes('respond-async');
  const texts = asked.map((one) => /^wait\s*=\s*"?(\d{1,9})"?$/.exec(one ?? '')?.[1]);
  const text = texts.find((one) => one !== undefined);
  const seconds = text === undefined ? undefined : Math.min(Number(text), MAX_WAIT_SECONDS);
  const applied = [
    ...(respondAsync ? ['respond-async'] : []),
    ...(seconds === undefined ? [] : [`wait=${seconds}`]),
  ];
  return {
    wait: waitOf(seconds, respondAsync),
    respondAsync,
    applied: applied.join(', ') || undefined,
  };
}

function waitOf(seconds: number | undefined, respondAsync: boolean): Wait {
  if (seconds === undefined) return { until: respondAsync ? 'taken' : 'placed' };
  return seconds === 0 ? { until: 'taken' } : { until: 'paid', ms: seconds * 1_000 };
}
