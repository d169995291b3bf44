// <order-flow>: one order, from the wallet to the last confirmation. The server knows where it stands; this opens the
// wallet, reports what it said, and fetches the page's fragment again whenever the socket says that something changed.
import { Hints } from "./hints";
import { wallet } from "./wallet-loader";

const remade = ["price-moved", "contract-refused", "not-for-sale"]; // refusals that a new order can mend
const longestTimer = 2_147_483_647; // ms

type Wallet = Awaited<ReturnType<typeof wallet>>;
type Transaction = Parameters<Wallet["sendTransaction"]>[0];
type Payment = Transaction & { prompt: string };
type Typed = Parameters<Wallet["signTypedData"]>[0];
type Opened = Payment | { sign: Typed; chainId: number } | { approve: Transaction; resets: boolean };

const patience = 60; // times to look whether an approval is in a block
const pause = 2000; // ms between them

class OrderFlow extends HTMLElement {
  private hints: Hints | undefined;
  private timer = 0;
  private busy = false;
  private stale = false; // there was something to look at while the person was writing
  private noted = ""; // the state in which the page was told something
  private prompt = ""; // the wallet's window that this page has opened last

  connectedCallback(): void {
    this.addEventListener("click", this.onClick);
    this.addEventListener("submit", this.onSubmit);
    this.addEventListener("toggle", this.onToggle, { capture: true }); // it does not bubble
    document.addEventListener("htmx:before:swap", this.onSwap);
    document.addEventListener("htmx:after:swap", this.mark);
    document.addEventListener("wallet:other-account", this.onOtherAccount);
    this.mark();
    this.hints = new Hints(`/ws${this.url}`, this.look, () => this.querySelector("#order[data-moves]") !== null);
    const left = Date.parse(this.dataset["deadline"] ?? "") - Date.now();
    if (left > 0) this.timer = window.setTimeout(this.look, Math.min(left + 1000, longestTimer));
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:before:swap", this.onSwap);
    document.removeEventListener("htmx:after:swap", this.mark);
    this.hints?.close();
    document.removeEventListener("wallet:other-account", this.onOtherAccount);
    clearTimeout(this.timer);
  }

  private get url(): string {
    return this.dataset["url"] ?? "";
  }

  /** The hash that the wallet gave, until the server has it: what was sent is never sent a second time. */
  private get kept(): string | null {
    return localStorage.getItem(this.url);
  }

  private onOtherAccount = async (): Promise<void> => {
    const { explain, WalletError } = await wallet();
    if (this.busy) this.say(explain(new WalletError("asked-before")));
  };

  /** Whether the person is at a refund or a dispute: a new fragment would close it and take away what is written. */
  private get isAsking(): boolean {
    return this.querySelector(".ask[open]") !== null;
  }

  /** An answer that was on its way when the person began is let go, and asked for again when they are done. */
  private onSwap = (event: Event): void => {
    if (!this.contains(event.target as Node) || !this.isAsking) return;
    event.preventDefault();
    this.stale = true;
  };

  private look = (): void => {
    this.stale = this.isAsking;
    if (!this.stale) this.querySelector("[data-look]")?.dispatchEvent(new CustomEvent("order:changed"));
    if (this.kept && !this.busy) void this.pay(); // the page was closed too early, or the server was away
  };

  private onToggle = (): void => {
    if (this.stale) this.look();
  };

  private onSubmit = (event: Event): void => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-wallet]")) return;
    event.preventDefault();
    if (!this.busy) void this.act(form);
  };

  /** Have the wallet send what a form is answered with: a refund, or a dispute. */
  private async act(form: HTMLFormElement): Promise<void> {
    this.setBusy(true);
    const { post, sendTransaction, explain } = await wallet();
    try {
      this.say("");
      const fields = Object.fromEntries(new FormData(form)) as Record<string, string>;
      await sendTransaction(await post<Transaction>(form.action, fields));
      form.closest("details")?.removeAttribute("open");
      this.note("sent");
    } catch (error) {
      this.say(explain(error));
    } finally {
      this.setBusy(false);
    }
  }

  private onClick = (event: Event): void => {
    if (!this.busy && (event.target as Element).closest("[data-open]")) void this.pay();
  };

  private async pay(): Promise<void> {
    this.setBusy(true);
    const { holding } = await wallet();
    await holding(this.ask()).finally(() => this.setBusy(false));
  }

  private async ask(): Promise<void> {
    const { post, explain, asWalletError, Problem, WalletError } = await wallet();
    try {
      this.say("");
      await this.send();
      this.say("");
    } catch (error) {
      this.note("");
      const known = asWalletError(error);
      if (known.code === "prompt-open") this.look(); // the page was behind
      if (known.code === "cancelled")
        await post(`${this.url}/cancelled`, { prompt: this.prompt }).catch(() => this.say(explain(error)));
      else if (this.kept) this.say(explain(new WalletError("not-noted")));
      else this.say(explain(error), known instanceof Problem && remade.includes(known.code));
    }
  }

  /** Open the wallet, unless it has sent already, and tell the server the hash. */
  private async send(): Promise<void> {
    const { post, sendTransaction } = await wallet();
    const hash = this.kept ?? (await sendTransaction(await this.open()));
    localStorage.setItem(this.url, hash);
    await post(`${this.url}/sent`, { tx_hash: hash });
    localStorage.removeItem(this.url);
  }

  /** Ask the server for the transaction, in a new window of the wallet that takes the place of the last one. */
  private async open(): Promise<Payment> {
    const payment = await this.permitted(await this.opened());
    this.note("");
    this.prompt = payment.prompt;
    this.mark();
    return payment;
  }

  private async opened(signature = ""): Promise<Opened> {
    const { post } = await wallet();
    return post<Opened>(`${this.url}/open`, { prompt: this.known, signature });
  }

  /** For a token, first have its price allowed: by a signature, or by a transaction that has to be in a block; by two
   *  where what is left of an earlier allowance has to be taken back before. */
  private async permitted(answer: Opened): Promise<Payment> {
    const { sendTransaction, signTypedData, WalletError } = await wallet();
    if ("sign" in answer) {
      this.note("permit");
      answer = await this.opened(await signTypedData(answer.sign, answer.chainId));
    } else if ("approve" in answer) {
      this.note(answer.resets ? "reset" : "approve");
      for (let look = 0, sent = ""; "approve" in answer && look < patience; look++) {
        const data = answer.approve.data ?? "";
        if (data !== sent) {
          await sendTransaction(answer.approve);
          sent = data;
          look = 0;
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
        answer = await this.opened();
      }
    }
    if ("prompt" in answer) return answer;
    throw new WalletError("unreachable");
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
    if (this.noted !== this.state) this.note("");
  };

  /** Tell what goes on, by one of the page's texts, or nothing. */
  private note(name: "sent" | "permit" | "approve" | "reset" | ""): void {
    const noted = this.querySelector<HTMLElement>("[data-noted]");
    if (!noted) return;
    this.noted = this.state;
    noted.hidden = !name;
    const text = name && this.querySelector<HTMLTemplateElement>(`template[data-${name}]`)?.content.textContent;
    noted.querySelector("[data-text]")!.textContent = text || "";
  }

  /** Show a sentence, and if it helps, the way to a new order; the next answer of the server may take it away. */
  private say(text: string, again = false): void {
    const said = this.querySelector<HTMLElement>("[data-said]");
    if (!said) return;
    said.hidden = !text;
    said.querySelector("[data-text]")!.textContent = text;
    said.querySelector<HTMLElement>("form")!.hidden = !again;
  }
}

customElements.define("order-flow", OrderFlow);
