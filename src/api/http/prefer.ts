/** What a client would like (RFC 7240), and what of it is done. */
export interface Preferences {
  /** To have an answer before the work is done. */
  respondAsync: boolean;
  /** To wait for the payment, so long at most. */
  waitMs: number | undefined;
  /** The header Preference-Applied. */
  applied: string | undefined;
}

export const MAX_WAIT_SECONDS = 30;

/** Reads the header Prefer. What is not known there, or makes no sense, is ignored. */
export function readPreferences(header: string | undefined): Preferences {
  const asked = (header ?? '').split(',').map((one) => one.split(';')[0]?.trim().toLowerCase());
  const respondAsync = asked.includes('respond-async');
  const seconds = asked.map((one) => /^wait\s*=\s*"?(\d{1,9})"?$/.exec(one ?? '')?.[1]);
  const first = seconds.find((text) => text !== undefined);
  const wait = first === undefined ? undefined : Math.min(Number(first), MAX_WAIT_SECONDS);
  const applied = [
    ...(respondAsync ? ['respond-async'] : []),
    ...(wait === undefined ? [] : [`wait=${wait}`]),
  ];
  return {
    respondAsync,
    waitMs: wait === undefined ? undefined : wait * 1_000,
    applied: applied.join(', ') || undefined,
  };
}
