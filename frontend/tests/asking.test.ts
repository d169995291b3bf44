import { strict as assert } from "node:assert";
import { test } from "node:test";
import { agreed } from "../wallet/asking";
import { Problem } from "../wallet/errors";

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const words = (inner: string, more = ""): string => `<div data-asked data-confirm="Confirm it"${more}>${inner}</div>`;

function opened(): HTMLDialogElement {
  document.body.innerHTML = `<dialog id="demo-wallet"><div data-request></div>
    <template data-waiting><p>reading</p></template><template data-unreadable><p>unread <b data-reason></b></p></template>
    <form method="dialog"><button value="">Reject</button><button value="yes" data-agree>Confirm</button></form></dialog>`;
  return document.querySelector("dialog") as HTMLDialogElement;
}
const agree = (dialog: HTMLDialogElement): HTMLButtonElement =>
  dialog.querySelector<HTMLButtonElement>("[data-agree]") as HTMLButtonElement;

test("nothing can be confirmed before it is read, and the button says what it does", async () => {
  const dialog = opened();
  const asked: number[] = [];
  const answer = agreed(dialog, (seconds) => Promise.resolve(words("<h2>Buy it</h2>")).finally(() => asked.push(seconds)));
  assert.equal(dialog.open, true);
  assert.equal(agree(dialog).disabled, true);
  assert.match(dialog.textContent ?? "", /reading/);
  await settled();
  assert.deepEqual(asked, [0]);
  assert.equal(dialog.querySelector("h2")?.textContent, "Buy it");
  assert.equal(agree(dialog).disabled, false);
  assert.equal(agree(dialog).textContent, "Confirm it");
  dialog.close("yes");
  assert.equal(await answer, true);
  assert.equal(dialog.querySelector("h2"), null); // nothing of it stands there when the next request opens
});

test("what would fail cannot be confirmed, and closing is no agreement", async () => {
  const dialog = opened();
  const answer = agreed(dialog, () => Promise.resolve(words("<p id=demo-wallet-stops>too little</p>", " data-stops")));
  await settled();
  assert.equal(agree(dialog).disabled, true);
  assert.equal(agree(dialog).getAttribute("aria-describedby"), "demo-wallet-stops");
  dialog.close();
  assert.equal(await answer, false);
});

test("a request that cannot be read says why, and cannot be confirmed", async () => {
  const dialog = opened();
  const answer = agreed(dialog, () => Promise.reject(new Problem("chain-unavailable", "The chain is away.")));
  await settled();
  assert.match(dialog.textContent ?? "", /unread The chain is away\./);
  assert.equal(agree(dialog).disabled, true);
  dialog.close("");
  assert.equal(await answer, false);
});

test("a page without words for a request lets nobody confirm it", async () => {
  const dialog = opened();
  const answer = agreed(dialog, () => Promise.resolve("<p>Sign in first</p>"));
  await settled();
  assert.equal(agree(dialog).disabled, true);
  dialog.close();
  assert.equal(await answer, false);
});
