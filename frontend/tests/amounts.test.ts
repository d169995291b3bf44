import { strict as assert } from "node:assert";
import { test } from "node:test";
import { amountOf } from "../wallet/amounts";

test("an amount keeps every digit", () => {
  assert.equal(amountOf("115792089237316195423570985008687907853269984665640564039457584007913129639935"), 2n ** 256n - 1n);
  assert.equal(amountOf(5n), 5n);
  assert.equal(amountOf(undefined), 0n);
});

for (const odd of ["", " 1", "1.5", "1e18", "-1", "0x10", "1_000", "１", "NaN", -1n])
  test(`${JSON.stringify(String(odd))} is no amount`, () => assert.throws(() => amountOf(odd), RangeError));
