import { strict as assert } from "node:assert";
import { mock, test } from "node:test";
import { Looks } from "../live/looks";

const minute = 60_000;
document.documentElement.lang = "en";
Object.assign(window, { setTimeout: (call: () => void, ms: number) => globalThis.setTimeout(call, ms) }); // that of the mock
const page = `<div id="toasts"><div role="status"></div><div aria-live="assertive"></div></div>
  <template id="toast-stale"><div class="toast wait" data-lasts><p>Not up to date since <time></time>.</p></div></template>
  <main><a data-look data-htmx-powered></a></main>`;

interface Part {
  looks: Looks;
  asked: () => number;
  hear: (answered: boolean) => void;
}

function part(): Part {
  document.body.innerHTML = page;
  const host = document.querySelector("main") as HTMLElement;
  const link = host.querySelector("a") as HTMLElement;
  let asked = 0;
  link.addEventListener("live:look", () => asked++);
  const hear = (answered: boolean): unknown =>
    link.dispatchEvent(new CustomEvent(answered ? "live:answered" : "live:unanswered", { bubbles: true }));
  return { looks: new Looks(host), asked: () => asked, hear };
}

const line = (): string | undefined => document.querySelector("[role=status]")?.textContent?.trim();
const since = (): string | null => document.querySelector("[role=status] time")?.getAttribute("datetime") ?? null;

function timed(name: string, body: () => void): void {
  test(name, () => {
    mock.timers.enable({ apis: ["Date", "setTimeout"], now: 1_700_000_000_000 });
    try {
      body();
    } finally {
      mock.timers.reset();
    }
  });
}

timed("a look without an answer is tried again after growing pauses, until one is answered", () => {
  const { looks, asked, hear } = part();
  looks.look();
  hear(false);
  mock.timers.tick(999);
  assert.equal(asked(), 1);
  mock.timers.tick(1);
  assert.equal(asked(), 2);
  hear(false);
  mock.timers.tick(1999);
  assert.equal(asked(), 2);
  mock.timers.tick(1);
  assert.equal(asked(), 3);
  hear(true);
  mock.timers.tick(minute);
  assert.equal(asked(), 3);
  looks.close();
});

timed("since when the page is old is said only while it is, and from the last answer on", () => {
  const { looks, hear } = part();
  mock.timers.tick(minute);
  hear(true);
  mock.timers.tick(minute);
  assert.equal(line(), "");
  hear(false);
  mock.timers.tick(minute);
  hear(false);
  assert.match(line() ?? "", /^Not up to date since \d\d:\d\d\.$/);
  assert.equal(since(), new Date(1_700_000_000_000 + minute).toISOString());
  hear(true);
  assert.equal(line(), "");
  looks.close();
});

timed("a part that has gone asks no more, and leaves no line behind", () => {
  const { looks, asked, hear } = part();
  hear(false);
  looks.close();
  mock.timers.tick(minute);
  assert.equal(asked(), 0);
  assert.equal(line(), "");
});
