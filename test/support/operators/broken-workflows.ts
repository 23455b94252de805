/** Code with a bug: every task of an order's workflow fails. */
export async function orderWorkflow(): Promise<never> {
  throw new Error('a bug');
}
