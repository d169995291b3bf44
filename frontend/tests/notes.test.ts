import { strict as assert } from "node:assert";
import { mock, test } from "node:test";
import "../buying/order-flow";
import { phaseOf } from "../buying/phases";
import { Sent } from "../live/sent";
import "../selling/seller-desk";

const note = (kind: string): string => `<div ${kind}><p class="notice" hidden><span data-text></span></p></div>`;
const texts = `<template data-sent>Sent.</template><template data-batch>Both at once.</template>`;

interface Desk extends HTMLElement {
  sent: Sent | undefined;
  tell: (name: string) => void;
  follow: (head: number) => Promise<void>;
  act: (form: Element, pressed: null, loaded: object) => Promise<void>;
}

interface Flow extends HTMLElement {
  sent: Sent | undefined;
  note: (name: string) => void;
  mark: () => void;
}

const done = (): Sent => new Sent(() => Promise.resolve({ block: 7, ok: true }));
const line = (host: HTMLElement): string => host.querySelector("[data-text]")?.textContent ?? "";

function asked(link: Element, name: string, ctx: object): void {
  link.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { ctx } }));
}

test("what was sent is said until the figures that have it are here, and not those that were on their way", async () => {
  document.body.innerHTML = `<seller-desk data-chains="">${note('role="status" data-said')}${texts}<a data-look></a></seller-desk>`;
  const desk = document.querySelector("seller-desk") as Desk;
  const link = desk.querySelector("a") as Element;
  const [older, newer, other] = [link, link, desk].map((sourceElement) => ({ sourceElement }));
  desk.sent = done();
  desk.tell("sent");
  asked(link, "htmx:before:request", older as object);
  await desk.follow(9);
  asked(link, "htmx:after:swap", older as object);
  assert.equal(line(desk), "Sent.");
  asked(desk, "htmx:after:swap", other as object); // another part of the page
  assert.equal(line(desk), "Sent.");
  asked(link, "htmx:before:request", newer as object);
  asked(link, "htmx:after:swap", newer as object);
  assert.equal(line(desk), "");
  desk.remove();
});

test("what is signed goes with the form's fields to the address that came with it, and is said until it can be read and the look after next", async () => {
  mock.timers.enable({ apis: ["Date"], now: 1_700_000_000_000 });
  const form = `<form action="/asked" data-signs><input name="support" value="1"></form>`;
  document.body.innerHTML = `<seller-desk data-chains="">${note('role="status" data-said')}${form}<a data-look></a></seller-desk>`;
  const desk = document.querySelector("seller-desk") as Desk;
  const [posted, link] = [[] as string[], desk.querySelector("a") as Element];
  const typed = { primaryType: "Ballot" };
  await desk.act(desk.querySelector("form") as Element, null, {
    explain: String,
    asWalletError: (error: unknown) => error,
    post: (url: string, fields: URLSearchParams) => {
      posted.push(`${new URL(url, "http://localhost").pathname}?${fields.toString()}`);
      return Promise.resolve(url.endsWith("/asked") ? { typed, chainId: 7, to: "/signed", fields: { nonce: "3" } } : { said: "Signed." });
    },
    signTypedData: (given: unknown, chain: number) => Promise.resolve(given === typed && chain === 7 ? "0xab" : "0x"),
  });
  assert.deepEqual(posted, ["/asked?support=1", "/signed?support=1&nonce=3&signature=0xab"]);
  for (const said of ["Signed.", "Signed.", ""]) {
    if (!said) mock.timers.tick(5000);
    const ctx = { sourceElement: link };
    asked(link, "htmx:before:request", ctx);
    asked(link, "htmx:after:swap", ctx);
    assert.equal(line(desk), said);
  }
  mock.timers.reset();
  desk.remove();
});

function flow(state: string): { page: Flow; becomes: (next: string) => void } {
  const page = document.createElement("order-flow") as Flow;
  page.innerHTML = `${note("data-noted")}${texts}<div id="order" data-state="${state}"></div>`;
  const becomes = (next: string): void => {
    page.querySelector("#order")?.setAttribute("data-state", next);
    page.mark();
  };
  return { page, becomes };
}

test("a refund on its way is followed while its purchase becomes final, and over once it is refunded", () => {
  const { page, becomes } = flow("confirming");
  page.sent = done();
  page.note("sent");
  becomes("final");
  assert.equal(line(page), "Sent.");
  assert.ok(page.sent);
  becomes("refunded");
  assert.equal(line(page), "");
  assert.equal(page.sent, undefined);
});

test("what the wallet asks is said while it asks, whatever the page learns of that meanwhile", () => {
  const { page, becomes } = flow("prepared");
  page.note("batch");
  becomes("awaiting");
  assert.equal(line(page), "Both at once.");
  becomes("sent");
  assert.equal(line(page), "");
});

test("each end of an order is a phase of its own", () => {
  const ends = ["cancelled", "reverted", "replaced", "dropped", "expired", "refunded", "disputed", "ruled-for-buyer"];
  assert.equal(new Set(ends.map(phaseOf)).size, ends.length);
  assert.equal(phaseOf("final"), phaseOf("confirming"));
});

test("a form that empties asks for nothing a second time once it is sent, and keeps what was refused", async () => {
  const form = `<form action="/stake" data-wallet data-empties><input name="amount"></form>`;
  document.body.innerHTML = `<seller-desk data-chains="">${note('role="status" data-said')}${texts}${form}<a data-look></a></seller-desk>`;
  const desk = document.querySelector("seller-desk") as Desk;
  const [place, field] = [desk.querySelector("form") as Element, desk.querySelector("input") as HTMLInputElement];
  const wallet = { explain: String, asWalletError: () => ({ code: "cancelled" }), post: () => Promise.resolve({}) };
  field.value = "7";
  await desk.act(place, null, { ...wallet, sendTransaction: () => Promise.reject(new Error("no")) });
  assert.equal(field.value, "7");
  await desk.act(place, null, { ...wallet, sendTransaction: () => Promise.resolve("0x1"), receiptOf: () => Promise.resolve(undefined) });
  assert.equal(field.value, "");
  desk.remove();
});
