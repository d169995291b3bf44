import { strict as assert } from "node:assert";
import { test } from "node:test";

type Heard = (event: { data?: string; code?: number }) => void;

/** A socket that says what the test has it say, and never hears that it was closed. */
class Line {
  static readonly OPEN = 1;
  static lines: Line[] = [];
  readonly readyState = 1;
  readonly sent: string[] = [];
  private readonly heard: Record<string, Heard> = {};

  constructor() {
    Line.lines.push(this);
  }
  addEventListener(name: string, heard: Heard): void {
    this.heard[name] = heard;
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {}
  say(name: string, event: { data?: string; code?: number } = {}): void {
    this.heard[name]?.(event);
  }
  text(text: string): void {
    this.say("message", { data: JSON.stringify({ type: "text", text }) });
  }
}

const waiting: [() => void, number][] = [];
Object.assign(window, { setTimeout: (run: () => void, ms: number) => waiting.push([run, ms]) });
Object.assign(globalThis, { WebSocket: Line, clearTimeout: (number: number) => number && (waiting[number - 1] = [() => {}, 0]) });

/** Run what waits for so many milliseconds. */
function pass(ms: number): void {
  for (const [run] of waiting.filter(([, after]) => after === ms)) run();
}

document.body.innerHTML = `
  <model-playground data-socket="/ws" data-lost="The connection broke.">
    <ol data-turns></ol>
    <template data-turn><li class="turn"><p class="who"></p><div class="said"></div><p class="figures"></p></li></template>
    <p data-error hidden></p>
    <form data-form><textarea></textarea><button type="button" data-stop hidden></button><button data-send></button></form>
    <p data-live></p><p data-you>You</p><p data-model>Model</p>
  </model-playground>`;
await import("../playground/playground"); // which wakes the element that stands there

const find = (selector: string): HTMLElement => {
  const found = document.querySelector<HTMLElement>(selector);
  assert.ok(found, selector);
  return found;
};

function ask(question: string): Line {
  (find("textarea") as HTMLTextAreaElement).value = question;
  find("form").dispatchEvent(new Event("submit", { cancelable: true }));
  const line = Line.lines.at(-1);
  assert.ok(line);
  line.say("open");
  return line;
}

test("on a dead line, Stop ends the answer by itself, and keeps what was written", () => {
  const line = ask("Hello?");
  line.text("Hel");
  pass(40);
  find("[data-stop]").click();
  assert.equal(line.sent.at(-1), '{"type":"stop"}');
  assert.equal(find("[data-stop]").hidden, false);
  pass(5000);
  assert.equal(find("[data-stop]").hidden, true);
  assert.equal(find("[data-error]").textContent, "The connection broke.");
  assert.equal(find(".turn:last-child .said").textContent, "Hel");
});

test("what the dead line says later belongs to no answer of another", () => {
  const dead = Line.lines.at(-1);
  const line = ask("And now?");
  assert.notEqual(line, dead);
  line.text("Yes");
  pass(40);
  dead?.text("No");
  dead?.say("close", { code: 1006 });
  assert.equal(find("[data-stop]").hidden, false);
  line.say("message", { data: JSON.stringify({ type: "done", text: "Yes." }) });
  assert.equal(find(".turn:last-child .said").textContent, "Yes.");
  assert.equal(find("[data-error]").hidden, true);
});
