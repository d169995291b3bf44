import { strict as assert } from "node:assert";
import { test } from "node:test";
import { afterFailure, type Next, type Opened, Purchase } from "../buying/purchase";

const to = "0x0000000000000000000000000000000000000001";
const payment = { to, chainId: 31337, prompt: "p1", value: "5" } as const;
const approval = (data: `0x${string}`): Opened => ({ approve: { to, data, chainId: 31337 }, resets: data === "0x00" });
const sign = { sign: { domain: {}, types: {}, primaryType: "Permit", message: {} }, chainId: 31337 } as unknown as Opened;

const begun = (purchase: Purchase): Next => purchase.next({ type: "begun", kept: null });
const opened = (purchase: Purchase, answer: Opened): Next => purchase.next({ type: "opened", answer });

test("coin is asked for, paid and told", () => {
  const purchase = new Purchase();
  assert.deepEqual(begun(purchase), { do: "open", signature: "", after: 0 });
  assert.deepEqual(opened(purchase, payment), { do: "pay", payment });
  assert.deepEqual(purchase.next({ type: "paid", hash: "0xab" }), { do: "tell", hash: "0xab" });
  assert.deepEqual(purchase.next({ type: "told" }), { do: "end" });
});

test("what was sent before is told, and nothing is sent", () => {
  assert.deepEqual(new Purchase().next({ type: "begun", kept: "0xab" }), { do: "tell", hash: "0xab" });
});

const calls = { calls: [], chainId: 31337, id: "0xef", prompt: "p1" } as unknown as Opened;
const asking = (): Purchase => {
  const purchase = new Purchase();
  assert.deepEqual(purchase.next({ type: "begun", kept: null, token: true }), { do: "probe" });
  return purchase;
};

test("a wallet that sends calls as one is asked once, and what it names is told", () => {
  const purchase = asking();
  const open = purchase.next({ type: "probed", can: true });
  assert.deepEqual(open, { do: "open", signature: "", after: 0, batch: true });
  assert.equal(opened(purchase, calls).do, "batch");
  assert.deepEqual(purchase.next({ type: "batched", id: "0xef" }), { do: "follow", id: "0xef", after: 0 });
  const waiting = purchase.next({ type: "seen", standing: { is: "waiting" } });
  assert.deepEqual(waiting, { do: "follow", id: "0xef", after: 1500 });
  const sent = purchase.next({ type: "seen", standing: { is: "sent", hash: "0xab", whole: true } });
  assert.deepEqual(sent, { do: "tell", hash: "0xab" });
});

test("a wallet that can't send calls as one is asked in the other way", () => {
  assert.deepEqual(asking().next({ type: "probed", can: false }), { do: "open", signature: "", after: 0 });
  const purchase = asking();
  purchase.next({ type: "probed", can: true });
  opened(purchase, calls);
  assert.deepEqual(purchase.next({ type: "unbatched" }), { do: "open", signature: "", after: 0 });
  assert.equal(opened(purchase, sign).do, "sign");
});

test("calls that were sent by an earlier page are followed, and never asked for again by themselves", () => {
  const purchase = new Purchase();
  const follow = purchase.next({ type: "begun", kept: null, followed: "0xef", token: true });
  assert.deepEqual(follow, { do: "follow", id: "0xef", after: 0 });
  assert.deepEqual(purchase.next({ type: "seen", standing: { is: "nothing" } }), { do: "end" });
});

test("calls of which nothing is heard are given up", () => {
  const purchase = asking();
  purchase.next({ type: "batched", id: "0xef" });
  let last: Next = { do: "end" };
  for (let look = 0; look < 200; look++) last = purchase.next({ type: "seen", standing: { is: "waiting" } });
  assert.deepEqual(last, { do: "unseen" });
});

test("a token is signed for, then paid", () => {
  const purchase = new Purchase();
  begun(purchase);
  assert.equal(opened(purchase, sign).do, "sign");
  assert.deepEqual(purchase.next({ type: "signed", signature: "0x5" }), { do: "open", signature: "0x5", after: 0 });
  assert.deepEqual(opened(purchase, payment), { do: "pay", payment });
});

test("an approval is sent once and waited for", () => {
  const purchase = new Purchase();
  begun(purchase);
  assert.equal(opened(purchase, approval("0x01")).do, "allow");
  assert.equal(purchase.next({ type: "allowed" }).do, "open");
  for (let look = 0; look < 10; look++) assert.equal(opened(purchase, approval("0x01")).do, "open");
  assert.equal(opened(purchase, payment).do, "pay");
});

test("a token that wants nothing allowed first gets two approvals", () => {
  const purchase = new Purchase();
  begun(purchase);
  const [none, price] = [{ to, data: "0x00", chainId: 31337 }, { to, data: "0x01", chainId: 31337 }];
  assert.deepEqual(opened(purchase, approval("0x00")), { do: "allow", transaction: none, resets: true });
  purchase.next({ type: "allowed" });
  assert.equal(opened(purchase, approval("0x00")).do, "open");
  assert.deepEqual(opened(purchase, approval("0x01")), { do: "allow", transaction: price, resets: false });
  purchase.next({ type: "allowed" });
  assert.equal(opened(purchase, payment).do, "pay");
});

test("an approval that never comes is given up", () => {
  const purchase = new Purchase();
  begun(purchase);
  opened(purchase, approval("0x01"));
  purchase.next({ type: "allowed" });
  let last: Next = { do: "end" };
  for (let look = 0; look < 60; look++) last = opened(purchase, approval("0x01"));
  assert.equal(last.do, "give-up");
});

test("an answer that nobody knows is given up", () => {
  assert.equal(opened(new Purchase(), {} as Opened).do, "give-up");
});

for (const [code, isProblem, sent, wanted] of [
  ["cancelled", false, false, { say: "nothing", again: false, look: false, cancel: true }],
  ["cancelled", false, true, { say: "not-noted", again: false, look: false, cancel: false }],
  ["price-moved", true, false, { say: "error", again: true, look: false, cancel: false }],
  ["not-for-sale", true, false, { say: "error", again: true, look: false, cancel: false }],
  ["prompt-open", true, false, { say: "error", again: false, look: true, cancel: false }],
  ["reverted", false, false, { say: "error", again: false, look: false, cancel: false }],
  ["unreachable", false, true, { say: "not-noted", again: false, look: false, cancel: false }],
] as const)
  test(`after ${code}${sent ? ", sent already," : ""} the page knows what to do`, () =>
    assert.deepEqual(afterFailure(code, isProblem, sent), wanted));
