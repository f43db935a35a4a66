/** How many answers have which status: `{ 201: 1, 409: 99 }`. */
export function tallyStatuses(answers: readonly { readonly status: number }[]): Record<number, number> {
  const tally: Record<number, number> = {};
  for (const { status } of answers) tally[status] = (tally[status] ?? 0) + 1;
  return tally;
}
