import { strict as assert } from "node:assert";
import { test } from "node:test";
import { encodeErrorResult } from "viem";
import { BaseError, InternalRpcError, UserRejectedRequestError } from "viem";
import { asWalletError, explain, hasCode, isUnknownChain, Problem, WalletError } from "../wallet/errors";
import { codes, layers, revertReason } from "../wallet/layers";

const code = (error: unknown): string => asWalletError(error).code;
const rejected = { code: 4001, message: "User rejected the request." };

class Hidden extends Error {} // ethers and some wallets define their fields so that they are not enumerated
const hidden = Object.defineProperty(new Hidden("wrapped"), "info", { value: { error: rejected }, enumerable: false });
const circle: Record<string, unknown> = { code: -32603 };
circle["cause"] = circle;
const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => ({ cause: inner }), rejected);
const trap = new Proxy({}, { get: () => { throw new Error("no"); } });

for (const [name, error] of Object.entries({
  "as it is": rejected,
  "in the data": { code: -32603, data: { originalError: rejected } },
  "in the data of the data": { code: -32603, data: { data: { originalError: rejected } } },
  "as a cause": new Error("failed", { cause: rejected }),
  "as an error": { error: rejected },
  "as an inner error": { innerError: { innerError: rejected } },
  "among errors": { errors: [{ code: -32000 }, rejected] },
  "with a text for a code": { code: "4001" },
  "by ethers": Object.assign(new Error("user rejected action"), { code: "ACTION_REJECTED", info: { error: { code: -32603 } } }),
  "where it is not enumerated": hidden,
  "as JSON in a message": { code: -32603, message: `[ethjs-query] while formatting outputs '{"value":{"code":4001}}'` },
  "by a phone": { code: 5000, message: "User rejected methods." },
  "in viem's": new InternalRpcError(Object.assign(new Error("Internal"), { code: -32603, data: { originalError: { code: 4001 } } })),
  "as viem's": new BaseError("Sending failed.", { cause: new UserRejectedRequestError(new Error("no")) }),
  "fifty deep": deep,
  "as a text": "User rejected the request",
  "as another text": "MetaMask Tx Signature: User denied transaction signature.",
  "as a short text": "cancelled",
  "by a closed window": { code: -32603, message: "Popup window was closed" },
  "by the user at the end": new Error("Transaction declined by the user"),
}))
  test(`a person who declined is heard ${name}`, () => assert.equal(code(error), "cancelled"));

for (const [error, wanted] of [
  [{ code: -32002, message: "Request already pending" }, "pending"],
  [{ code: -32603, data: { originalError: { code: -32002 } } }, "pending"],
  [{ code: 4100 }, "no-account"],
  [{ code: 4900 }, "disconnected"],
  [{ code: -32603, data: { originalError: { code: 4901 } } }, "disconnected"],
  [{ code: 4902 }, "wrong-chain"],
  [{ code: -32603, message: 'Unrecognized chain ID "0x7a69". Try adding the chain first.' }, "wrong-chain"],
  [{ code: -32000, message: "insufficient funds for gas * price + value" }, "too-little"],
  [{ code: -32603, message: "Internal JSON-RPC error." }, "refused"],
  ["boom", "refused"],
  ["", "refused"],
  [null, "refused"],
  [undefined, "refused"],
  [0, "refused"],
  [circle, "refused"],
  [trap, "refused"],
  [Object.create(null), "refused"],
  [Symbol("odd"), "refused"],
  [new DOMException("The user aborted a request.", "AbortError"), "refused"], // the browser's words for its own timeouts
] as const)
  test(`${typeof error === "object" ? JSON.stringify(codes(error)) : String(error)} means ${wanted}`, () =>
    assert.equal(code(error), wanted));

test("what is ours passes unchanged, also as a cause", () => {
  const [own, problem] = [new WalletError("other-account"), new Problem("price-moved", "It moved.")];
  assert.equal(asWalletError(own), own);
  assert.equal(asWalletError(new Error("outer", { cause: problem })), problem);
});

test("a circle ends, and every layer comes once", () => assert.equal([...layers(circle)].filter((each) => each === circle).length, 1));

test("a code is found wherever it stands", () => {
  const error = { code: -32603, data: { originalError: { code: 4902 } } };
  assert.ok(hasCode(error, 4902));
  assert.ok(isUnknownChain(error));
  assert.ok(!isUnknownChain(rejected));
});

const abi = [{ type: "error", name: "Error", inputs: [{ name: "text", type: "string" }] }] as const;
const because = (text: string): string => encodeErrorResult({ abi, errorName: "Error", args: [text] });
const panic = `0x4e487b71${"11".padStart(64, "0")}`;

for (const [error, reason] of [
  [{ code: 3, message: "execution reverted: it is over", data: because("it is over") }, "it is over"],
  [{ code: -32603, data: { originalError: { code: 3, data: because("closed") } } }, "closed"],
  [{ code: -32603, data: { code: -32000, message: "execution reverted: too late" } }, "too late"],
  [{ message: "VM Exception while processing transaction: reverted with reason string 'gone'" }, "gone"],
  [{ data: panic }, "arithmetic overflow"],
  [{ data: "0x08c379a0" }, ""],
  [{ code: 3, data: "0x12345678" }, ""],
  [{ code: -32603 }, undefined],
  [{ data: "0x1234" }, undefined],
] as const)
  test(`a contract that refuses is heard: ${String(reason)}`, () => assert.equal(revertReason(error), reason));

test("the words of a contract are not taken for those of the person", () => {
  assert.equal(code({ code: 3, message: "execution reverted: user rejected", data: because("user rejected") }), "reverted");
});

test("what a contract says is shown within its sentence, and as text", () => {
  document.body.innerHTML = `<template id="wallet-texts"><p data-text="reverted">It refuses: <span data-reason></span></p>
    <p data-text="cancelled">  You cancelled.  </p></template>`;
  assert.equal(explain({ data: because("<b>no</b>") }), "It refuses: <b>no</b>");
  assert.equal(explain(rejected), "You cancelled.");
  assert.equal(explain(new Problem("price-moved", "It moved.")), "It moved.");
});
