// <order-flow>: one order, from the wallet to the last confirmation. The server knows where it stands; this opens the
// wallet, reports what it said, and has the page's fragment follow.
import { LiveFragment } from "../live/fragment";
import { Sent } from "../live/sent";
import { type Wallet, wallet, withWallet } from "../wallet/loader";
import type { Transaction } from "../wallet";
import { phaseOf } from "./phases";
import { afterFailure, type Happened, type Next, type Opened, Purchase } from "./purchase";

const longestTimer = 2_147_483_647; // ms
const opensAtOnce = "#wallet"; // in the address: its person has just asked for the wallet

type Text = "sent" | "failed" | "unseen" | "permit" | "approve" | "reset" | "batch" | "partly";

type Prompted = Extract<Next, { do: "batch" }>["batch"];

class OrderFlow extends HTMLElement {
  private live: LiveFragment | undefined;
  private timer = 0;
  private busy = false;
  private noted = ""; // the phase in which the page was told something
  private prompt = ""; // the wallet's window that this page has opened last
  private instead = ""; // the window that the next one takes the place of, until the page shows it
  private sent: Sent | undefined; // a refund or a dispute on its way

  connectedCallback(): void {
    this.addEventListener("click", this.onClick);
    this.addEventListener("submit", this.onSubmit);
    document.addEventListener("wallet:other-account", this.onOtherAccount);
    this.live = new LiveFragment(this, {
      sockets: [`/ws${this.url}`],
      hint: this.onHint,
      waits: this.onClock,
      swapped: this.mark,
    });
    this.mark();
    const left = Date.parse(this.dataset["deadline"] ?? "") - Date.now();
    if (left > 0) this.timer = window.setTimeout(this.onHint, Math.min(left + 1000, longestTimer));
    if (location.hash === opensAtOnce) this.openAtOnce();
  }

  disconnectedCallback(): void {
    document.removeEventListener("wallet:other-account", this.onOtherAccount);
    this.live?.close();
    clearTimeout(this.timer);
  }

  private get url(): string {
    return this.dataset["url"] ?? "";
  }

  /** The hash that the wallet gave, until the server has it: what was sent is never sent a second time. */
  private get kept(): string | null {
    return localStorage.getItem(this.url);
  }

  private set kept(hash: string | null) {
    if (hash === null) localStorage.removeItem(this.url);
    else localStorage.setItem(this.url, hash);
  }

  /** The wallet's name for calls that it sends as one, until their transaction is known. */
  private get followed(): string | null {
    return localStorage.getItem(`${this.url}#calls`);
  }

  private set followed(id: string | null) {
    if (id === null) localStorage.removeItem(`${this.url}#calls`);
    else localStorage.setItem(`${this.url}#calls`, id);
  }

  /** Whether something was sent of which the server may not know. */
  private get isOwing(): boolean {
    return this.kept !== null || this.followed !== null;
  }

  /** Once: a page that is loaded again, or come back to, waits for its person. */
  private openAtOnce(): void {
    history.replaceState(history.state, "", location.pathname + location.search);
    if (this.state === "prepared") void this.pay();
  }

  private onOtherAccount = (): void => {
    if (this.busy) void this.sayAsked();
  };

  private async sayAsked(): Promise<void> {
    const { explain, WalletError } = await wallet();
    this.say(explain(new WalletError("asked-before")));
  }

  private onHint = (): void => {
    this.live?.look();
    if (this.sent) void this.follow();
    if (this.isOwing && !this.busy) void this.pay(); // the page was closed too early, or the server was away
  };

  private onClock = (): boolean => {
    if (this.sent) void this.follow();
    if (this.isOwing && !this.busy) void this.pay();
    return this.sent !== undefined || this.querySelector("#order[data-moves]") !== null;
  };

  /** A refund or a dispute that failed on the chain, or that no block has, is said; else the state tells of it. */
  private async follow(): Promise<void> {
    const sent = this.sent;
    const standing = await sent?.look();
    if (sent !== this.sent || standing === undefined || standing === "waiting") return;
    this.sent = undefined;
    if (standing !== "followed") this.note(standing);
  }

  private onSubmit = (event: Event): void => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-wallet]")) return;
    event.preventDefault();
    if (!this.busy) void this.act(form);
  };

  /** Have the wallet send what a form is answered with: a refund, or a dispute. */
  private async act(form: HTMLFormElement): Promise<void> {
    this.setBusy(true);
    await withWallet((loaded) => this.send(form, loaded)).finally(() => this.setBusy(false));
  }

  private async send(form: HTMLFormElement, { post, sendTransaction, receiptOf, explain }: Wallet): Promise<void> {
    try {
      this.say("");
      const fields = Object.fromEntries(new FormData(form)) as Record<string, string>;
      const hash = await sendTransaction(await post<Transaction>(form.action, fields));
      form.reset(); // nothing in it is unsent any more
      form.closest("details")?.removeAttribute("open");
      this.sent = new Sent(() => receiptOf(hash));
      this.note("sent");
    } catch (error) {
      this.say(explain(error));
    }
  }

  private onClick = (event: Event): void => {
    if (!this.busy && (event.target as Element).closest("[data-open]")) void this.pay();
  };

  private async pay(): Promise<void> {
    this.setBusy(true);
    await withWallet(({ holding }) => holding(this.ask())).finally(() => this.setBusy(false));
  }

  private async ask(): Promise<void> {
    const { explain, asWalletError, Problem, WalletError } = await wallet();
    try {
      this.say("");
      await this.run();
      this.say("");
    } catch (error) {
      this.note("");
      this.instead = ""; // what the page shows is newer by the next time
      const known = asWalletError(error);
      const { say, again, look, cancel } = afterFailure(known.code, known instanceof Problem, this.kept !== null);
      if (look) this.live?.look();
      if (cancel) await this.tellCancelled(explain(error));
      if (say !== "nothing") this.say(explain(say === "error" ? error : new WalletError(say)), again);
    }
  }

  private async tellCancelled(sentence: string): Promise<void> {
    const { post } = await wallet();
    await post(`${this.url}/cancelled`, { prompt: this.prompt }).catch(() => this.say(sentence));
    this.live?.look(); // the hint may be lost
  }

  /** Take one step after the other until the server has the hash of what the wallet has sent. */
  private async run(): Promise<void> {
    const purchase = new Purchase();
    const go = async (next: Next): Promise<void> => {
      if (next.do !== "end") await go(purchase.next(await this.take(next)));
    };
    const { kept, followed } = this;
    await go(purchase.next({ type: "begun", kept, followed, token: this.dataset["token"] !== undefined }));
  }

  private async take(next: Exclude<Next, { do: "end" }>): Promise<Happened> {
    const { post, sendTransaction, signTypedData, canBatch, sendBatch, WalletError } = await wallet();
    switch (next.do) {
      case "open":
        await new Promise((resolve) => setTimeout(resolve, next.after));
        return { type: "opened", answer: await this.opened(next.signature, next.batch) };
      case "probe":
        return { type: "probed", can: await canBatch(Number(this.dataset["token"])) };
      case "batch":
        return this.sendAll(next.batch, sendBatch);
      case "follow":
        await new Promise((resolve) => setTimeout(resolve, next.after));
        return this.look(next.id);
      case "sign":
        this.note("permit");
        return { type: "signed", signature: await signTypedData(next.typed, next.chainId) };
      case "allow":
        this.note(next.resets ? "reset" : "approve");
        await sendTransaction(next.transaction);
        return { type: "allowed" };
      case "pay":
        this.note("");
        this.takePlace(next.payment.prompt);
        return { type: "paid", hash: (this.kept = await sendTransaction(next.payment)) };
      case "tell":
        await post(`${this.url}/sent`, { tx_hash: next.hash });
        this.kept = null;
        return { type: "told" };
      case "unseen":
        this.note("unseen");
        return this.forget({ type: "told" });
      case "give-up":
        throw new WalletError("unreachable");
    }
  }

  /** Ask the wallet for both at once. */
  private async sendAll(batch: Prompted, send: (batch: Prompted) => Promise<string | undefined>): Promise<Happened> {
    this.note("batch");
    this.takePlace(batch.prompt);
    const id = await send(batch);
    if (id === undefined) {
      this.instead = batch.prompt;
      return { type: "unbatched" };
    }
    this.followed = id;
    this.note("sent");
    return { type: "batched", id };
  }

  /** Look whether the wallet names the transaction, unless the page has learnt of it in another way. */
  private async look(id: string): Promise<Happened> {
    if (this.isSettled) return this.forget({ type: "told" });
    const { batchStatus } = await wallet();
    const ref = this.url.split("/").at(-1) ?? "";
    const standing = await batchStatus(id, ref).catch(() => ({ is: "waiting" }) as const);
    if (standing.is === "sent") this.kept = standing.hash;
    if (standing.is === "nothing") this.instead = this.prompt;
    if (standing.is === "sent" && !standing.whole) this.note("partly");
    return standing.is === "waiting" ? { type: "seen", standing } : this.forget({ type: "seen", standing });
  }

  private forget(happened: Happened): Happened {
    this.followed = null;
    return happened;
  }

  private async opened(signature: string, batch = false): Promise<Opened> {
    const { post } = await wallet();
    const prompt = this.instead || this.known;
    return post<Opened>(`${this.url}/open`, { prompt, signature, ...(batch && { batch: "on" }) });
  }

  /** Show that the window which is about to open is this page's, and the last one. */
  private takePlace(prompt: string): void {
    this.prompt = prompt;
    this.instead = "";
    this.mark();
  }

  /** Whether the chain has the order, or its end is noted: then there is nothing to wait for. */
  private get isSettled(): boolean {
    return !["prepared", "awaiting", "sent"].includes(this.state);
  }

  /** The wallet's window that the page shows as the last one. */
  private get known(): string {
    return this.querySelector<HTMLElement>("#order")?.dataset["prompt"] ?? "";
  }

  private get state(): string {
    return this.querySelector<HTMLElement>("#order")?.dataset["state"] ?? "";
  }

  private setBusy(busy: boolean): void {
    this.busy = busy;
    this.mark();
  }

  /** Say whether the wallet was asked from elsewhere, and keep the button shut while it asks: a swap forgets both. */
  private mark = (): void => {
    this.toggleAttribute("data-elsewhere", this.known !== "" && this.known !== this.prompt);
    this.querySelector("[data-open]")?.toggleAttribute("disabled", this.busy);
    if (this.noted === phaseOf(this.state)) return;
    this.sent = undefined; // what was sent is what the state now tells of
    this.note("");
  };

  /** Tell what goes on, by one of the page's texts, or nothing. */
  private note(name: Text | ""): void {
    const noted = this.querySelector<HTMLElement>("[data-noted] .notice");
    const place = noted?.querySelector("[data-text]");
    if (!noted || !place) return;
    this.noted = phaseOf(this.state);
    noted.hidden = !name;
    const text = name ? this.querySelector<HTMLTemplateElement>(`template[data-${name}]`)?.content.textContent : "";
    place.textContent = text?.trim() ?? "";
  }

  /** Show a sentence, and if it helps, the way to a new order; the next answer of the server may take it away. */
  private say(text: string, again = false): void {
    const said = this.querySelector<HTMLElement>("[data-said] .notice");
    const [place, form] = [said?.querySelector("[data-text]"), said?.querySelector("form")];
    if (!said || !place || !form) return;
    said.hidden = !text;
    place.textContent = text;
    form.hidden = !again;
  }
}

customElements.define("order-flow", OrderFlow);
