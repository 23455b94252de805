/** Runs an insert that may have been done before, and answers the key that was taken then. */
export async function once(insert: () => Promise<unknown>): Promise<object | undefined> {
  try {
    await insert();
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 11000) throw error;
    return 'keyPattern' in error ? (error.keyPattern as object) : {};
  }
}
