import type { Stack } from '../stack.ts';

/** Has MongoDB refuse whatever is written to a collection, and answers how to end that. */
export async function refuseWrites(stack: Stack, collection: string): Promise<() => Promise<void>> {
  const [before] = await stack.db.listCollections({ name: collection }).toArray();
  const { validator = {} } = (before as { options?: { validator?: object } }).options ?? {};
  const validate = async (rule: object) => {
    await stack.db.command({ collMod: collection, validator: rule });
  };
  await validate({ $nor: [{}] });
  return () => validate(validator);
}
