interface Entry {
  type: string;
  orderId: string;
}

/** How many orders were charged, and how many of them more than once, by the Payments' ledger. */
export async function countCharges(
  paymentsUrl: string,
): Promise<{ charged: number; chargedTwice: number }> {
  const answer = await fetch(`${paymentsUrl}/admin/ledger`);
  const { entries } = (await answer.json()) as { entries: Entry[] };
  const charges = new Map<string, number>();
  for (const { type, orderId } of entries) {
    if (type === 'charge') charges.set(orderId, (charges.get(orderId) ?? 0) + 1);
  }
  const chargedTwice = [...charges.values()].filter((times) => times > 1).length;
  return { charged: charges.size, chargedTwice };
}
