// <model-playground>: a conversation with a model. What it writes is untrusted: it is shown as text while it arrives,
// and replaced once by the server's sanitised HTML. The words of the page stand in its template, translated.
import { part } from "../site/dom";

interface Turn {
  role: "user" | "assistant";
  content: string;
}
interface Allowance {
  left: number;
  filled: number;
  sentence: string;
}
interface Said {
  type: "ready" | "text" | "done" | "error";
  text?: string;
  html?: string;
  code?: string;
  detail?: string;
  stopped?: boolean;
  tokens?: number;
  first_token_ms?: number | null;
  tokens_per_second?: number | null;
  allowance?: Allowance;
}

const paint = 40; // ms between two additions to the page
const askAgain = 3000; // ms, while the model warms up
const patience = 5000; // ms that the server has to end an answer that was stopped
const signedOut = 4401; // the close code at the end of a session
const refusals = new Set([1003, 1007, 1009, 4404, 4429]); // close codes after which trying again is no use

const number = (value: number, digits = 0): string => value.toLocaleString(undefined, { maximumFractionDigits: digits });

class ModelPlayground extends HTMLElement {
  private socket?: WebSocket;
  private turns: Turn[] = [];
  private said?: HTMLElement; // the element of the answer that is being written
  private answer = "";
  private waiting = ""; // arrived, not yet in the page
  private timer = 0;
  private stopping = 0;
  private asked = 0;
  private first = 0;
  private pieces = 0;

  connectedCallback(): void {
    this.named("form").addEventListener("submit", this.onSubmit);
    this.named("form").addEventListener("keydown", this.onKey);
    this.named("stop").addEventListener("click", this.onStop);
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
    clearTimeout(this.stopping);
    this.socket?.close();
  }

  private named(name: string): HTMLElement {
    return part(this, `[data-${name}]`, HTMLElement);
  }

  private get form(): HTMLFormElement {
    return part(this, "[data-form]", HTMLFormElement);
  }

  private get field(): HTMLTextAreaElement {
    return part(this, "textarea", HTMLTextAreaElement);
  }

  private onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!this.said) this.form.requestSubmit();
  };

  private onSubmit = (event: Event): void => {
    event.preventDefault();
    const question = this.field.value.trim();
    if (!question || this.said) return;
    this.turns.push({ role: "user", content: question });
    this.show("user").textContent = question;
    this.field.value = "";
    this.said = this.show("assistant");
    this.ask();
  };

  private onStop = (): void => {
    clearTimeout(this.timer);
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send('{"type":"stop"}');
    if (!this.pieces) return this.end();
    // On a line that is dead without anybody knowing, no answer comes.
    this.stopping ||= window.setTimeout(() => this.hangUp(), patience);
  };

  private hangUp(): void {
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
    this.lose();
  }

  /** Ask, or ask again; the answer goes where the last one was meant to go. */
  private ask(): void {
    this.answer = this.waiting = "";
    this.pieces = this.first = 0;
    this.asked = performance.now();
    this.toggle(true);
    this.tell("");
    const question = JSON.stringify({ type: "ask", messages: this.turns });
    if (this.socket?.readyState === WebSocket.OPEN) return this.socket.send(question);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.dataset["socket"]}`);
    this.socket = socket;
    socket.addEventListener("open", () => socket.send(question));
    const isOurs = (): boolean => this.socket === socket;
    socket.addEventListener("message", (event) => isOurs() && this.hear(JSON.parse(event.data as string) as Said));
    socket.addEventListener("close", (event) => isOurs() && this.lose(event.code));
  }

  private hear(said: Said): void {
    if (said.allowance) this.showAllowance(said.allowance);
    if (said.type === "text") this.add(said.text ?? "");
    else if (said.type === "done") this.finish(said);
    else if (said.type === "error") this.fail(said);
  }

  private add(text: string): void {
    if (!this.pieces++) this.first = performance.now();
    this.waiting += text;
    this.timer ||= window.setTimeout(() => this.paint(), paint);
  }

  private paint(): void {
    this.timer = 0;
    this.answer += this.waiting;
    this.said?.append(this.waiting);
    this.waiting = "";
    const seconds = (performance.now() - this.first) / 1000;
    this.figures(this.first - this.asked, seconds > 0.2 ? (this.pieces - 1) / seconds : null, this.pieces);
  }

  private finish(said: Said): void {
    this.keep(said.text ?? "", said.html ?? "");
    this.figures(said.first_token_ms ?? null, said.tokens_per_second ?? null, said.tokens ?? 0, said.stopped);
    this.named("live").textContent = (said.stopped ? this.dataset["stopped"] : this.dataset["complete"]) ?? "";
    this.end();
  }

  private fail(said: Said): void {
    if (said.code === "warming-up") {
      this.tell(this.dataset["warming"] ?? "");
      this.timer = window.setTimeout(() => this.ask(), askAgain);
      return;
    }
    this.keep(this.answer + this.waiting, said.html ?? "");
    this.tell(said.detail ?? "");
    this.end();
  }

  private lose(code = 0): void {
    this.socket = undefined;
    if (!this.said) return;
    this.keep(this.answer + this.waiting, "");
    this.tell(this.dataset[code === signedOut ? "over" : refusals.has(code) ? "refused" : "lost"] ?? "");
    this.end();
  }

  /** Put the answer into the conversation, and the server's safe HTML in place of its text. */
  private keep(text: string, html: string): void {
    clearTimeout(this.timer);
    this.timer = 0;
    if (text) this.turns.push({ role: "assistant", content: text });
    if (!this.said) return;
    if (html) this.said.innerHTML = html;
    else this.said.textContent = text;
    this.said.classList.toggle("raw", !html);
  }

  private end(): void {
    clearTimeout(this.stopping);
    this.stopping = 0;
    if (this.said && !this.said.textContent) this.drop();
    this.said = undefined;
    this.toggle(false);
    this.field.focus({ preventScroll: true });
  }

  /** Take back a question that got no answer, so that it can be asked again. */
  private drop(): void {
    const turns = this.named("turns");
    turns.lastElementChild?.remove();
    turns.lastElementChild?.remove();
    if (this.turns.at(-1)?.role === "user") this.field.value ||= this.turns.pop()?.content ?? "";
  }

  private show(role: Turn["role"]): HTMLElement {
    const copy = part(this, "template[data-turn]", HTMLTemplateElement).content.cloneNode(true) as DocumentFragment;
    const [turn, said] = [part(copy, ".turn", HTMLElement), part(copy, ".said", HTMLElement)];
    turn.classList.toggle("answer", role === "assistant");
    part(turn, ".who", HTMLElement).textContent = this.named(role === "user" ? "you" : "model").textContent;
    this.named("turns").append(turn);
    said.classList.add("raw");
    return said;
  }

  private figures(first: number | null, speed: number | null, tokens: number, stopped = false): void {
    const words = [`${number(tokens)} ${this.dataset["tokens"]}`];
    if (first !== null) words.push(`${this.dataset["first"]} ${number(first)} ms`);
    if (speed !== null) words.push(`${number(speed, 1)} ${this.dataset["speed"]}`);
    if (stopped) words.unshift(this.dataset["stopped"] ?? "");
    const line = this.said?.parentElement?.querySelector(".figures");
    if (line) line.textContent = words.join(" · ");
  }

  private toggle(writing: boolean): void {
    this.named("stop").hidden = !writing;
    part(this, "[data-send]", HTMLButtonElement).disabled = writing;
    this.named("turns").setAttribute("aria-busy", String(writing));
    const line = this.said?.parentElement?.querySelector(".figures");
    if (writing && line) line.textContent = this.dataset["writing"] ?? "";
    if (writing) this.named("live").textContent = "";
  }

  private tell(sentence: string): void {
    this.named("error").hidden = !sentence;
    this.named("error").textContent = sentence;
  }

  private showAllowance(allowance: Allowance): void {
    this.named("allowance-text").textContent = allowance.sentence;
    const slices = this.querySelectorAll<HTMLTemplateElement>("template[data-slice]");
    const drawing = slices[allowance.filled]?.content.cloneNode(true);
    if (drawing) this.named("allowance").querySelector("svg")?.replaceWith(drawing);
  }
}

customElements.define("model-playground", ModelPlayground);
