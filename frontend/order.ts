// <order-flow>: one order, from the wallet to the last confirmation. The server knows where it stands; this opens the
// wallet, reports what it said, and fetches the page's fragment again whenever the socket says that something changed.
import { Hints } from "./hints";
import { wallet } from "./wallet-loader";

const remade = ["price-moved", "contract-refused", "not-for-sale"]; // refusals that a new order can mend
const longestTimer = 2_147_483_647; // ms

type Wallet = Awaited<ReturnType<typeof wallet>>;
type Payment = Parameters<Wallet["sendTransaction"]>[0] & { prompt: string };

class OrderFlow extends HTMLElement {
  private hints: Hints | undefined;
  private timer = 0;
  private busy = false;
  private prompt = ""; // the wallet's window that this page has opened last

  connectedCallback(): void {
    this.addEventListener("click", this.onClick);
    document.addEventListener("htmx:after:swap", this.mark);
    document.addEventListener("wallet:other-account", this.onOtherAccount);
    this.mark();
    this.hints = new Hints(`/ws${this.url}`, this.look);
    const left = Date.parse(this.dataset["deadline"] ?? "") - Date.now();
    if (left > 0) this.timer = window.setTimeout(this.look, Math.min(left + 1000, longestTimer));
  }

  disconnectedCallback(): void {
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

  private look = (): void => {
    this.querySelector("[data-look]")?.dispatchEvent(new CustomEvent("order:changed"));
    if (this.kept && !this.busy) void this.pay(); // the page was closed too early, or the server was away
  };

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
    const { post } = await wallet();
    const payment = await post<Payment>(`${this.url}/open`, { prompt: this.known });
    this.prompt = payment.prompt;
    this.mark();
    return payment;
  }

  /** The wallet's window that the page shows as the last one. */
  private get known(): string {
    return this.querySelector<HTMLElement>("#order")?.dataset["prompt"] ?? "";
  }

  private setBusy(busy: boolean): void {
    this.busy = busy;
    this.mark();
  }

  /** Say whether the wallet was asked from elsewhere, and keep the button shut while it asks: a swap forgets both. */
  private mark = (): void => {
    this.toggleAttribute("data-elsewhere", this.known !== "" && this.known !== this.prompt);
    this.querySelector("[data-open]")?.toggleAttribute("disabled", this.busy);
  };

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
