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
  <model-playground data-socket="/ws" data-lost="The connection broke." data-over="You have signed out."
    data-tokens="tokens" data-stopped="Stopped" data-queued="is your place">
    <div data-scroller><p data-opening><button data-starter> Hello? </button></p><ol data-turns></ol></div>
    <button data-newest hidden></button>
    <template data-turn>
      <li class="turn"><p class="who"></p><div class="said"></div><p class="figures"></p>
        <button data-edit></button><button data-retry></button><copy-button data-copy hidden></copy-button></li>
    </template>
    <div data-error hidden><p data-sentence></p><button data-again></button><a data-reload hidden></a></div>
    <form data-form><p data-editing hidden><button type="button" data-leave></button></p><textarea></textarea><p data-ticker></p><button data-send></button></form>
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

const writes = (): boolean => find("form").hasAttribute("data-writing");
const press = (key: string, more: object = {}): Event => {
  const event = new Event("keydown", { bubbles: true, cancelable: true });
  Object.assign(event, { key, ...more });
  find("textarea").dispatchEvent(event);
  return event;
};

test("on a dead line, Stop ends the answer by itself, and keeps what was written", () => {
  const line = ask("Hello?");
  line.text("Hel");
  pass(40);
  find("[data-send]").click();
  assert.equal(line.sent.at(-1), '{"type":"stop"}');
  assert.equal(writes(), true);
  pass(5000);
  assert.equal(writes(), false);
  assert.equal(find("[data-sentence]").textContent, "The connection broke.");
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
  assert.equal(writes(), true);
  line.say("message", { data: JSON.stringify({ type: "done", text: "Yes." }) });
  assert.equal(find(".turn:last-child .said").textContent, "Yes.");
  assert.equal(find("[data-error]").hidden, true);
});

test("who waits in turn sees their place until the answer begins", () => {
  const line = ask("Is it my turn?");
  line.say("message", { data: JSON.stringify({ type: "queued", place: 3 }) });
  assert.equal(find("[data-ticker]").textContent, "3 is your place");
  assert.equal(find("[data-live]").textContent, "3 is your place");
  line.text("Yes");
  pass(40);
  assert.match(find("[data-ticker]").textContent ?? "", /^1 tokens/);
  line.say("message", { data: JSON.stringify({ type: "done", text: "Yes." }) });
});

test("Escape stops an answer, Enter does nothing while one is written or a word is composed", () => {
  const line = ask("A story?");
  line.text("Once");
  pass(40);
  const sent = line.sent.length;
  press("Enter");
  assert.equal(line.sent.length, sent);
  press("Escape", { isComposing: true });
  assert.equal(line.sent.length, sent);
  assert.equal(press("Escape").defaultPrevented, true);
  assert.equal(line.sent.at(-1), '{"type":"stop"}');
  line.say("message", { data: JSON.stringify({ type: "done", text: "Once", tokens: 1, stopped: true }) });
  assert.equal(find(".turn:last-child .figures").textContent, "Stopped 1 tokens");
  (find("textarea") as HTMLTextAreaElement).value = "にほん";
  press("Enter", { isComposing: true });
  press("Enter", { shiftKey: true });
  assert.equal(writes(), false);
  (find("textarea") as HTMLTextAreaElement).value = "";
});

test("the second half of a double click does not stop what the first has asked", () => {
  const line = ask("Again?");
  line.text("Yes");
  const sent = line.sent.length;
  const twice = new Event("click", { bubbles: true, cancelable: true });
  Object.assign(twice, { detail: 2 });
  find("[data-send]").dispatchEvent(twice);
  assert.equal(line.sent.length, sent);
  assert.equal(twice.defaultPrevented, true);
  line.say("message", { data: JSON.stringify({ type: "done", text: "Yes.", html: "<p>Yes.</p>" }) });
  assert.equal(find(".turn:last-child [data-copy]").dataset["text"], "Yes.");
});

test("a question without an answer comes back, and can be asked again with one press", () => {
  const line = ask("Anybody?");
  line.say("close", { code: 1006 });
  assert.equal((find("textarea") as HTMLTextAreaElement).value, "Anybody?");
  assert.deepEqual([find("[data-again]").hidden, find("[data-reload]").hidden], [false, true]);
  find("[data-again]").click();
  assert.equal(writes(), true);
  Line.lines.at(-1)?.say("close", { code: 4401 });
  assert.equal(find("[data-sentence]").textContent, "You have signed out.");
  assert.deepEqual([find("[data-again]").hidden, find("[data-reload]").hidden], [true, false]);
});

test("a proposed question is asked as it stands there", () => {
  (find("textarea") as HTMLTextAreaElement).value = "";
  find("[data-starter]").click();
  const line = Line.lines.at(-1);
  line?.say("open");
  const said = JSON.parse(line?.sent.at(-1) ?? "{}") as { messages: { content: string }[] };
  assert.equal(said.messages.at(-1)?.content, "Hello?");
});

interface Sent {
  messages: { role: string; content: string }[];
  settings?: object;
}
const turnsAsked = (): Sent => JSON.parse(Line.lines.at(-1)?.sent.at(-1) ?? "{}") as Sent;
const answer = (text: string): void => {
  Line.lines.at(-1)?.text(text);
  Line.lines.at(-1)?.say("message", { data: JSON.stringify({ type: "done", text, html: `<p>${text}</p>` }) });
};

test("an answer is written again without the one before it", () => {
  answer("Perhaps.");
  const before = turnsAsked().messages;
  find(".turn:last-child [data-retry]").click();
  assert.equal(writes(), true);
  assert.deepEqual(turnsAsked().messages, before);
  answer("Certainly.");
  assert.equal(find(".turn:last-child .said").textContent, "Certainly.");
});

test("a question is edited in the composer, and what followed it goes only when it is sent", () => {
  const shown = document.querySelectorAll(".turn").length;
  find(".turn:first-child [data-edit]").click();
  const first = find(".turn:first-child .said").textContent;
  assert.equal((find("textarea") as HTMLTextAreaElement).value, first);
  assert.equal(find("[data-editing]").hidden, false);
  find("[data-leave]").click();
  assert.equal(find("[data-editing]").hidden, true);
  assert.equal((find("textarea") as HTMLTextAreaElement).value, "");
  assert.equal(document.querySelectorAll(".turn").length, shown);
  find(".turn:first-child [data-edit]").click();
  document.addEventListener("playground:ask", (event) => {
    (event as CustomEvent<Sent>).detail.settings = { max_tokens: 5 };
  });
  (find("textarea") as HTMLTextAreaElement).value = "Anew?";
  find("form").dispatchEvent(new Event("submit", { cancelable: true }));
  assert.deepEqual(turnsAsked(), { type: "ask", messages: [{ role: "user", content: "Anew?" }], settings: { max_tokens: 5 } });
  answer("Yes.");
  assert.equal(document.querySelectorAll(".turn").length, 2);
});
