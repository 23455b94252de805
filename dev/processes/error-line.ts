/** The first line of an error, for lists where each failure gets one. */
export function errorLine(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.split('\n', 1)[0]?.trim() ?? '';
}
