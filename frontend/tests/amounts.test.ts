import { strict as assert } from "node:assert";
import { test } from "node:test";
import { amountOf, inCoin } from "../wallet/amounts";

test("an amount keeps every digit", () => {
  assert.equal(amountOf("115792089237316195423570985008687907853269984665640564039457584007913129639935"), 2n ** 256n - 1n);
  assert.equal(amountOf(5n), 5n);
  assert.equal(amountOf(undefined), 0n);
});

for (const odd of ["", " 1", "1.5", "1e18", "-1", "0x10", "1_000", "１", "NaN", -1n])
  test(`${JSON.stringify(String(odd))} is no amount`, () => assert.throws(() => amountOf(odd), RangeError));

for (const [value, shown] of [
  ["0x0", "0 ETH"],
  ["0x", "0 ETH"],
  ["0x1", "0.000000000000000001 ETH"],
  ["0xde0b6b3a7640000", "1 ETH"],
  ["0xde0b6b3a7640007", "1.000000000000000007 ETH"],
] as const)
  test(`${value} wei are ${shown}`, () => assert.equal(inCoin(value, "ETH"), shown));
