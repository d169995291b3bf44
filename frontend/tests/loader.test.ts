import { strict as assert } from "node:assert";
import { test } from "node:test";
import { withWallet } from "../wallet/loader";

test("where the wallet's script cannot be had nothing is done, and the page says so", async () => {
  document.body.innerHTML = `<div id="toasts"><div role="status"></div><div aria-live="assertive"></div></div>
    <template id="toast-failed"><div class="toast bad">No answer. <a href=".">Try again</a></div></template>`;
  const done: string[] = [];
  await withWallet(() => Promise.resolve(void done.push("acted")));
  assert.deepEqual(done, []);
  assert.equal(document.querySelector("[aria-live=assertive]")?.textContent, "No answer. Try again");
  assert.equal(document.querySelector("#toasts a")?.getAttribute("href"), location.href);
});
