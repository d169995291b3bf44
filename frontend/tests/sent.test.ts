import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Sent, standing } from "../live/sent";

const mined = { block: 7, ok: true };

test("it waits for a block, for the server's figures, and not for ever", () => {
  assert.equal(standing(undefined, 9, 30, 0), "waiting");
  assert.equal(standing(undefined, 9, 31, 0), "unseen");
  assert.equal(standing(mined, 6, 1, 0), "waiting");
  assert.equal(standing(mined, 7, 1, 0), "followed");
  assert.equal(standing(mined, 0, 9, 2), "followed"); // no block was heard of
  assert.equal(standing({ block: 7, ok: false }, 0, 1, 0), "failed");
});

test("a wallet that does not answer leaves it waiting, and is asked again", async () => {
  let asked = 0;
  const sent = new Sent(async () => {
    if (++asked === 1) throw new Error("locked");
    return Promise.resolve(mined);
  });
  assert.equal(await sent.look(9), "waiting");
  assert.equal(await sent.look(9), "followed");
  assert.equal(asked, 2);
});
