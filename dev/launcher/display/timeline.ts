const REORDER_MS = 100;

/**
 * Tells what happened, with the milliseconds since now, in the order in which it happened: news
 * comes by two routes, of which one may be a little slower.
 */
export function createTimeline(say: (text: string) => void) {
  const began = Date.now();
  const waiting: { at: number; text: string }[] = [];
  const flush = () => {
    for (const { at, text } of waiting.splice(0).sort((a, b) => a.at - b.at)) {
      say(`  ${String(Math.max(0, at - began)).padStart(5)} ms  ${text}`);
    }
  };
  return {
    /** @param at milliseconds since the epoch */
    tell(at: number, text: string): void {
      waiting.push({ at, text });
      if (waiting.length === 1) setTimeout(flush, REORDER_MS);
    },
    flush,
  };
}
