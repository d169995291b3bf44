// Amounts of coin and of tokens. They are whole numbers of the smallest unit, and never pass through a float.

/** The amount, in the smallest unit, that stands in JSON as a text of digits; nothing is 0. Throws RangeError. */
export function amountOf(value: bigint | string | undefined): bigint {
  if (value === undefined) return 0n;
  if (typeof value === "string" && !/^\d+$/.test(value)) throw new RangeError(`${value} is no amount.`);
  const amount = BigInt(value);
  if (amount < 0n) throw new RangeError(`${value} is below nothing.`);
  return amount;
}
