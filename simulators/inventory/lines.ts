export interface Line {
  productId: string;
  quantity: number;
}

/** One line a product, in the order the products first appear. */
export function summed(lines: readonly Line[]): Line[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of lines) {
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}

/** Whether two summed lists ask for the same, in whatever order. */
export function sameLines(one: readonly Line[], other: readonly Line[]): boolean {
  const quantities = new Map(one.map(({ productId, quantity }) => [productId, quantity]));
  return (
    one.length === other.length &&
    other.every(({ productId, quantity }) => quantities.get(productId) === quantity)
  );
}
