import { strict as assert } from "node:assert";
import { test } from "node:test";
import { type Asked, batches, batchStatus, sendBatch, standingOf } from "../wallet/batch";
import { WalletError } from "../wallet/errors";

const account = "0x0000000000000000000000000000000000000001";
const ref = `0x${"ab".repeat(32)}` as const;
const batch = { calls: [{ to: account, data: "0x01", value: "5" }], chainId: 31337, id: ref } as const;
const hash = `0x${"cd".repeat(32)}` as const;

type Answers = Record<string, (params: unknown[]) => unknown>;

/** A wallet that answers so, and does not know any other method. */
function wallet(answers: Answers): Asked & { asked: string[] } {
  const asked: string[] = [];
  const request = async ({ method, params }: { method: string; params: unknown[] }): Promise<unknown> => {
    asked.push(method);
    const answer = answers[method];
    if (!answer) throw refusal(-32601);
    return answer(params);
  };
  return { asked, request };
}

const refusal = (code: number): Error => Object.assign(new Error("no"), { code });
const fails = (code: number) => (): never => {
  throw refusal(code);
};
const can = (status: unknown): Answers => ({ wallet_getCapabilities: () => ({ "0x7a69": { atomic: { status } } }) });

test("only a wallet that says so sends calls as one", async () => {
  assert.equal(await batches(wallet(can("supported")), account, 31337), true);
  assert.equal(await batches(wallet(can("ready")), account, 31337), true);
  assert.equal(await batches(wallet(can("unsupported")), account, 31337), false);
  assert.equal(await batches(wallet(can("supported")), account, 1), false);
  assert.equal(await batches(wallet({}), account, 31337), false);
  const odd = [null, [], "yes", { "0x7a69": null }, { "0x7a69": { atomic: null } }];
  const said = odd.map((answer) => batches(wallet({ wallet_getCapabilities: () => answer }), account, 31337));
  assert.deepEqual(await Promise.all(said), [false, false, false, false, false]);
});

test("a batch is asked for as one or none, under the order's name", async () => {
  let seen: unknown;
  const id = await sendBatch(wallet({ wallet_sendCalls: ([asked]) => ((seen = asked), { id: "0x77" }) }), account, batch);
  assert.equal(id, "0x77");
  assert.deepEqual(seen, {
    version: "2.0.0",
    id: ref,
    from: account,
    chainId: "0x7a69",
    atomicRequired: true,
    calls: [{ to: account, data: "0x01", value: "0x5" }],
  });
});

test("a wallet that can't after all has sent nothing, and a no is a no", async () => {
  const unable = [-32601, 4200, 5700, 5750, 5760];
  const told = unable.map((code) => sendBatch(wallet({ wallet_sendCalls: fails(code) }), account, batch));
  assert.deepEqual(await Promise.all(told), [undefined, undefined, undefined, undefined, undefined]);
  const declined = sendBatch(wallet({ wallet_sendCalls: fails(4001) }), account, batch);
  await assert.rejects(declined, (error) => error instanceof WalletError && error.code === "cancelled");
});

test("what failed for no known reason is looked for before another way is tried", async () => {
  const known = (answer: (params: unknown[]) => unknown): Answers => ({
    wallet_sendCalls: fails(-32603),
    wallet_getCallsStatus: answer,
  });
  assert.equal(await sendBatch(wallet(known(fails(5730))), account, batch), undefined);
  assert.equal(await sendBatch(wallet(known(() => ({ status: 100 }))), account, batch), ref);
  await assert.rejects(sendBatch(wallet(known(fails(-32603))), account, batch));
});

test("a second batch of the same name is the first one", async () => {
  const twice = { wallet_sendCalls: fails(5720), wallet_getCallsStatus: () => ({ status: 100 }) };
  assert.equal(await sendBatch(wallet(twice), account, batch), ref);
});

test("every status says what there is to tell", async () => {
  const receipt = { transactionHash: hash, status: "0x1", logs: [{ topics: [ref] }] } as const;
  const other = { transactionHash: `0x${"11".repeat(32)}`, status: "0x1", logs: [] } as const;
  const failed = { transactionHash: hash, status: "0x0", logs: [] } as const;
  assert.deepEqual(standingOf({ status: 100 }, ref), { is: "waiting" });
  assert.deepEqual(standingOf({ status: 200, receipts: [receipt] }, ref), { is: "sent", hash, whole: true });
  assert.deepEqual(standingOf({ status: 200, receipts: [receipt, other] }, ref), { is: "sent", hash, whole: true });
  assert.deepEqual(standingOf({ status: 400 }, ref), { is: "nothing" });
  assert.deepEqual(standingOf({ status: 500, receipts: [failed] }, ref), { is: "sent", hash, whole: true });
  assert.deepEqual(standingOf({ status: 600, receipts: [other, failed] }, ref), { is: "sent", hash, whole: false });
  assert.throws(() => standingOf({ status: 200 }, ref), WalletError);
  assert.deepEqual(await batchStatus(wallet({ wallet_getCallsStatus: fails(5730) }), "0x1"), { is: "nothing" });
});
