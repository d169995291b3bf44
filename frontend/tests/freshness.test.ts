import { strict as assert } from "node:assert";
import { mock, test } from "node:test";
import { onStale } from "../live/freshness";

function heard(happens: () => void): boolean[] {
  const asked: boolean[] = [];
  const stop = onStale((long) => asked.push(long));
  happens();
  stop();
  return asked;
}

function see(hidden: boolean): void {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

const show = (persisted: boolean): unknown =>
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted }));

test("a page that the browser had kept is stale, one that was just loaded is not", () => {
  assert.deepEqual(heard(() => show(true)), [true]);
  assert.deepEqual(heard(() => show(false)), []);
});

test("a network that is back makes it stale", () =>
  assert.deepEqual(heard(() => window.dispatchEvent(new Event("online"))), [true]));

test("a time out of sight makes it stale, and a long one its sockets too", () => {
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const away = (ms: number): boolean[] =>
    heard(() => {
      see(true);
      mock.timers.tick(ms);
      see(false);
    });
  assert.deepEqual(away(5000), [false]);
  assert.deepEqual(away(3_600_000), [true]);
  assert.deepEqual(heard(() => see(false)), []);
  mock.timers.reset();
});

test("nothing is asked after the end", () => {
  heard(() => undefined);
  let asked = false;
  onStale(() => (asked = true))();
  show(true);
  assert.equal(asked, false);
});
