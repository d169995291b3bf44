import { strict as assert } from "node:assert";
import { test } from "node:test";
import { offset, span } from "../dao/countdown";

const units = ["d", "h", "min", "s"];

test("a stretch of time is written in its two largest units, as the server does", () => {
  assert.equal(span(190_000, units), "2\u00a0d 4\u00a0h");
  assert.equal(span(3600 * 5 + 660, units), "5\u00a0h 11\u00a0min");
  assert.equal(span(61.9, units), "1\u00a0min");
  assert.equal(span(40, units), "40\u00a0s");
  assert.equal(span(-5, units), "0\u00a0s");
});

test("a last block is a little old, and only a clock that is far away is another one", () => {
  assert.equal(offset(1000, 1012), 0);
  assert.equal(offset(1000, 1000 + 86_400), -86_400);
  assert.equal(offset(90_000, 1000), 89_000);
});
