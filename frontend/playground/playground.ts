// <model-playground>: a conversation with a model. What it writes is untrusted: it is shown as text while it arrives,
// and replaced once by the server's sanitised HTML. The words of the page stand in its template, translated.
import { part } from "../site/dom";
import { Follower } from "./follower";
import { figures, tell, type Measured } from "./figures";

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

class ModelPlayground extends HTMLElement {
  private socket?: WebSocket;
  private follower?: Follower;
  private turns: Turn[] = [];
  private said?: HTMLElement; // the element of the answer that is being written
  private answer = "";
  private waiting = ""; // arrived, not yet in the page
  private timer = 0;
  private stopping = 0;
  private question = ""; // that was asked last
  private asked = 0;
  private first = 0;
  private pieces = 0;
  private composes = false;

  connectedCallback(): void {
    this.follower = new Follower(this.named("scroller"), this.named("newest"));
    this.form.addEventListener("submit", this.onSubmit);
    this.form.addEventListener("keydown", this.onKey);
    this.form.addEventListener("compositionstart", this.onCompose);
    this.form.addEventListener("compositionend", this.onCompose);
    this.named("send").addEventListener("click", this.onSend);
    this.named("again").addEventListener("click", this.onAgain);
    this.named("opening").addEventListener("click", this.onStarter);
    document.addEventListener("keydown", this.onEscape);
    for (const kind of ["resize", "scroll"]) window.visualViewport?.addEventListener(kind, this.onSeen);
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.onEscape);
    for (const kind of ["resize", "scroll"]) window.visualViewport?.removeEventListener(kind, this.onSeen);
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
    // While an input method composes, Enter takes its proposal.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || this.composes) return;
    if (event.target !== this.field) return;
    event.preventDefault();
    if (!this.said) this.form.requestSubmit();
  };

  /** What a phone's keyboard covers is below what one writes in. A page that is zoomed is seen in part as well. */
  private onSeen = (): void => {
    const seen = window.visualViewport;
    const covered = seen && seen.scale < 1.01 ? window.innerHeight - seen.offsetTop - seen.height : 0;
    this.style.setProperty("--covered", `${Math.max(0, Math.round(covered))}px`);
  };

  /** Safari ends a composition before it tells of the key that ended it. */
  private onCompose = (event: CompositionEvent): void => {
    if (event.type === "compositionstart") this.composes = true;
    else window.setTimeout(() => (this.composes = false), 0);
  };

  private onEscape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || !this.said) return;
    if (document.querySelector("dialog[open], :popover-open")) return;
    event.preventDefault();
    this.stop();
  };

  /** The button that sends is the one that stops; the second half of a double click is meant for neither. */
  private onSend = (event: MouseEvent): void => {
    if (!this.said) return;
    event.preventDefault();
    if (event.detail < 2) this.stop();
  };

  private onSubmit = (event: Event): void => {
    event.preventDefault();
    const question = this.field.value.trim();
    if (!question || this.said) return;
    this.field.value = "";
    this.put(question);
  };

  private onAgain = (): void => {
    const question = this.field.value.trim() || this.question;
    if (!question || this.said) return;
    this.field.value = "";
    this.put(question);
  };

  private onStarter = (event: Event): void => {
    const starter = (event.target as Element).closest("[data-starter]")?.textContent?.trim();
    if (starter && !this.said) this.put(starter);
  };

  private put(question: string): void {
    this.question = question;
    this.turns.push({ role: "user", content: question });
    this.show("user").textContent = question;
    this.said = this.show("assistant");
    this.follower?.follow();
    this.field.focus({ preventScroll: true });
    this.scrollIntoView({ block: "nearest" });
    this.ask();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send('{"type":"stop"}');
    if (!this.pieces) return this.end();
    // On a line that is dead without anybody knowing, no answer comes.
    this.stopping ||= window.setTimeout(() => this.hangUp(), patience);
  }

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
    this.complain("");
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
    const speed = seconds > 0.2 ? (this.pieces - 1) / seconds : null;
    this.measure({ tokens: this.pieces, first: this.first - this.asked, speed });
    this.follower?.grown();
  }

  private finish(said: Said): void {
    this.keep(said.text ?? "", said.html ?? "");
    const { tokens = 0, first_token_ms: first = null, tokens_per_second: speed = null, stopped } = said;
    this.measure({ tokens, first, speed, stopped });
    this.named("live").textContent = (stopped ? this.dataset["stopped"] : this.dataset["complete"]) ?? "";
    this.end();
  }

  private fail(said: Said): void {
    if (said.code === "warming-up") {
      this.complain(this.dataset["warming"] ?? "", "none");
      this.timer = window.setTimeout(() => this.ask(), askAgain);
      return;
    }
    this.keep(this.answer + this.waiting, said.html ?? "");
    this.complain(said.detail ?? "");
    this.end();
  }

  private lose(code = 0): void {
    this.socket = undefined;
    if (!this.said) return;
    this.keep(this.answer + this.waiting, "");
    const why = code === signedOut ? "over" : refusals.has(code) ? "refused" : "lost";
    this.complain(this.dataset[why] ?? "", why === "lost" ? "again" : "reload");
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
    const copy = this.said.closest(".turn")?.querySelector<HTMLElement>("[data-copy]");
    if (!copy) return;
    copy.dataset["text"] = text;
    copy.hidden = false;
  }

  private end(): void {
    clearTimeout(this.stopping);
    this.stopping = 0;
    if (this.said && !this.said.textContent) this.drop();
    this.toggle(false);
    this.said = undefined;
    this.follower?.grown();
    // Whoever has gone elsewhere meanwhile stays there.
    const at = document.activeElement;
    if (!at || at === document.body || this.contains(at)) this.field.focus({ preventScroll: true });
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

  /** Below the answer, and beside what stops it. */
  private measure(measured: Measured): void {
    const words = figures(measured, this.dataset);
    for (const line of [this.said?.closest(".turn")?.querySelector(".figures"), this.named("ticker")])
      if (line) tell(line, words);
  }

  private toggle(writing: boolean): void {
    this.form.toggleAttribute("data-writing", writing);
    this.said?.closest(".turn")?.classList.toggle("written", writing);
    if (!writing) return;
    tell(this.named("ticker"), [["", this.dataset["writing"] ?? ""]]);
    this.named("live").textContent = "";
  }

  /** Say what is wrong, and the way out of it. */
  private complain(sentence: string, way: "again" | "reload" | "none" = "again"): void {
    this.named("error").hidden = !sentence;
    this.named("sentence").textContent = sentence;
    this.named("again").hidden = way !== "again";
    this.named("reload").hidden = way !== "reload";
  }

  private showAllowance(allowance: Allowance): void {
    this.named("allowance-text").textContent = allowance.sentence;
    const slices = this.querySelectorAll<HTMLTemplateElement>("template[data-slice]");
    const drawing = slices[allowance.filled]?.content.cloneNode(true);
    if (drawing) this.named("allowance").querySelector("svg")?.replaceWith(drawing);
  }
}

customElements.define("model-playground", ModelPlayground);
