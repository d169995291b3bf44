import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Sha256 } from "../downloads/sha256";

test("a file in pieces has the hash that it has whole, whatever the pieces", () => {
  for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 70_001]) {
    const data = Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) & 255);
    const hash = new Sha256();
    for (let at = 0; at < size; ) {
      const piece = Math.min(size - at, 1 + ((at * 7) % 130));
      hash.update(data.subarray(at, at + piece));
      at += piece;
    }
    assert.equal(hash.hex(), createHash("sha256").update(data).digest("hex"), `${size} bytes`);
  }
});
