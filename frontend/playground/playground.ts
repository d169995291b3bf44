// <model-playground>: a conversation with a model. What it writes is untrusted: it is shown as text while it arrives,
// and replaced once by the server's sanitised HTML. The words of the page stand in its template, translated.
import { part } from "../site/dom";
import { Follower } from "./follower";
import { figures, tell, type Measured } from "./figures";
import { askAgain, paint, patience, refusals, signedOut, type Allowance, type Asking, type Said } from "./protocol";
import { Turns, type Past } from "./turns";

export class ModelPlayground extends HTMLElement {
  private socket?: WebSocket;
  private follower?: Follower;
  private held?: Turns;
  private editing = -1; // the place of the question that is written anew
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
    this.named("turns").addEventListener("click", this.onTurn);
    this.querySelector("[data-leave]")?.addEventListener("click", () => this.edit(-1));
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

  /** The conversation so far. */
  get turns(): Turns {
    const names = { user: this.named("you").textContent ?? "", assistant: this.named("model").textContent ?? "" };
    this.held ??= new Turns(this.named("turns"), part(this, "template[data-turn]", HTMLTemplateElement), names);
    return this.held;
  }

  /** Whether Stop is offered. */
  private get waits(): boolean {
    return this.form.hasAttribute("data-writing");
  }

  /** Whether an answer is being written. */
  get writes(): boolean {
    return Boolean(this.said);
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
    if (!this.waits) this.form.requestSubmit();
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
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
    if (!this.waits && this.editing >= 0 && this.contains(event.target as Node)) return this.edit(-1);
    if (!this.waits) return;
    if (document.querySelector("dialog[open], :popover-open")) return;
    event.preventDefault();
    this.stop();
  };

  /** The buttons of turns: an answer is written again, a question anew. */
  private onTurn = (event: Event): void => {
    const pressed = (event.target as Element).closest("[data-retry], [data-edit]");
    if (!pressed || this.waits) return;
    const place = this.turns.placeOf(pressed);
    if (pressed.matches("[data-edit]")) return this.edit(place);
    this.edit(-1);
    const question = this.turns.cut(place - 1)?.content;
    if (question) this.put(question);
  };

  /** Write a question anew in the composer: what followed it goes when it is sent. -1 leaves it as it was. */
  private edit(place: number): void {
    const left = this.editing >= 0 && place < 0;
    this.editing = place;
    for (const [at, each] of [...this.named("turns").children].entries()) each.toggleAttribute("data-edited", at === place);
    this.querySelector("[data-editing]")?.toggleAttribute("hidden", place < 0);
    if (place >= 0) this.field.value = this.turns.said[place]?.content ?? "";
    else if (left) this.field.value = "";
    if (place >= 0 || left) this.field.focus({ preventScroll: true });
  }

  /** The button that sends is the one that stops; the second half of a double click is meant for neither. */
  private onSend = (event: MouseEvent): void => {
    if (!this.waits) return;
    event.preventDefault();
    if (event.detail < 2) this.stop();
  };

  private onSubmit = (event: Event): void => {
    event.preventDefault();
    const question = this.field.value.trim();
    if (!question || this.waits) return;
    if (this.editing >= 0) this.turns.cut(this.editing);
    this.edit(-1);
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

  /** Ask what was written elsewhere, for this one and another. */
  send(question: string): void {
    if (this.said) return;
    this.field.value = "";
    this.put(question);
  }

  /** Ask something. */
  put(question: string): void {
    this.question = question;
    this.turns.tell({ role: "user", content: question });
    this.said = this.turns.show("assistant");
    this.follower?.follow();
    this.field.focus({ preventScroll: true });
    if (!this.closest("[data-column]")) this.scrollIntoView({ block: "nearest" });
    this.ask();
  }

  /** Show a conversation that was kept, to go on with it. */
  recall(past: readonly Past[]): void {
    for (const { role, content, html = "", proof, tokens, paid_by: paid, stopped, first_token_ms: first = null } of past) {
      if (role === "user") {
        this.turns.tell({ role, content });
        continue;
      }
      this.said = this.turns.show(role);
      this.keep(content, html, proof);
      if (tokens !== undefined) this.measure({ tokens, first, speed: null, stopped, paid });
      this.said = undefined;
    }
    this.follower?.follow();
  }

  /** Stop what is being written. */
  stop(): void {
    if (!this.said) return;
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
    const asking: Asking = { type: "ask", messages: this.turns.said.map(({ role, content }) => ({ role, content })) };
    this.dispatchEvent(new CustomEvent("playground:ask", { bubbles: true, detail: asking }));
    const question = JSON.stringify(asking);
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
    else if (said.type === "queued" && this.said)
      for (const line of [this.named("ticker"), this.named("live")]) tell(line, [[String(said.place), this.dataset["queued"] ?? ""]]);
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
    this.keep(said.text ?? "", said.html ?? "", said.proof);
    const { tokens = 0, first_token_ms: first = null, tokens_per_second: speed = null, stopped } = said;
    this.measure({ tokens, first, speed, stopped, paid: said.paid_by });
    this.named("live").textContent = (stopped ? this.dataset["stopped"] : this.dataset["complete"]) ?? "";
    this.end(said);
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
  private keep(text: string, html: string, proof?: string): void {
    clearTimeout(this.timer);
    this.timer = 0;
    if (text) this.turns.said.push({ role: "assistant", content: text, ...(proof && { proof }) });
    if (!this.said) return;
    if (html) this.said.innerHTML = html;
    else this.said.textContent = text;
    this.said.classList.toggle("raw", !html);
    const copy = this.said.closest(".turn")?.querySelector<HTMLElement>("[data-copy]");
    if (!copy) return;
    copy.dataset["text"] = text;
    copy.hidden = false;
  }

  private end(said?: Said): void {
    clearTimeout(this.stopping);
    this.stopping = 0;
    if (this.said && !this.said.textContent) this.drop();
    this.toggle(false);
    this.said = undefined;
    this.follower?.grown();
    this.tellChange(said);
    // Whoever has gone elsewhere meanwhile stays there.
    const at = document.activeElement;
    if (!at || at === document.body || this.contains(at)) this.field.focus({ preventScroll: true });
  }

  /** Take back a question that got no answer, so that it can be asked again. */
  private drop(): void {
    const asked = this.turns.cut(this.named("turns").children.length - 2);
    if (asked?.role === "user") this.field.value ||= asked.content;
  }

  /** Begin anew. */
  clear(): void {
    if (this.said) return;
    this.edit(-1);
    this.turns.cut(0);
    this.complain("");
    this.tellChange();
    this.field.focus();
  }

  private tellChange(said?: Said): void {
    this.dispatchEvent(new CustomEvent("playground:change", { bubbles: true, detail: said }));
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
