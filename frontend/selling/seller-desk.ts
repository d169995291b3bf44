// <seller-desk>: forms whose answer is for the wallet, and figures that follow the chain.
//
// `<form data-wallet>`: its action answers a transaction (`answer_call` of marketplace/ground/wallet_pages.py), which the
// wallet sends. `<form data-signs>`: its action answers typed data to sign (`answer_typed`, see Signing below); the form's
// fields go with the signature to the address that came with it (`answer_signed`), and what that says is said here; a
// transaction that comes with it is sent then.
// Links [data-signed] get the event `live:signed` once a signature was taken: what beside its own part shows it.
// A form with `data-empties` is empty again once that is done. One with `data-notes` tells that address the hash.
// A button may have either attribute too, with a `formaction` of its own: then it decides.
// While the part has an element [data-waits] for something of others that is to come, each block is a reason to look.
import { LiveFragment } from "../live/fragment";
import { Sent } from "../live/sent";
import { type Wallet, withWallet } from "../wallet/loader";
import type { Typed } from "../wallet";

const unhurried = 15; // blocks between two looks while nothing of ours is on its way
const reading = 5000; // ms for which a note on a signature stands at least: two looks may come within one

/** Typed data (EIP-712) to sign, and where the signature goes; `fields` of the server's own go with it. */
interface Signing {
  typed: Typed;
  chainId: number;
  to: string;
  fields?: Record<string, string>;
}

type Call = Parameters<Wallet["sendTransaction"]>[0];

/** What became of a signature, and a transaction that the wallet is asked for next. */
interface Signed {
  said: string;
  then?: Call;
}

type Text = "sent" | "failed" | "unseen";

class SellerDesk extends HTMLElement {
  private live: LiveFragment | undefined;
  private sent: Sent | undefined; // what this page has sent last, until its figures are here
  private busy = false;
  private blocks = 0;
  private readUntil = 0;
  private awaits = Infinity; // after this look come the figures of what was sent: its note goes when they are here

  connectedCallback(): void {
    this.addEventListener("submit", this.onSubmit);
    this.addEventListener("change", this.onChoice);
    const chains = (this.dataset["chains"] ?? "").split(" ").filter(Boolean);
    const sockets = chains.map((chain) => `/ws/chains/${chain}`);
    this.live = new LiveFragment(this, { sockets, hint: this.onBlock, waits: this.onClock, swapped: this.onSwapped });
  }

  disconnectedCallback(): void {
    this.live?.close();
  }

  private onBlock = (said: unknown): void => {
    if (this.sent) void this.follow(Number((said as { head?: unknown } | undefined)?.head ?? 0));
    else if (!document.hidden && (this.waits() || ++this.blocks % (Number(this.dataset["every"]) || unhurried) === 0)) this.live?.look();
  };

  /** Blocks may come unheard: what was sent is asked after all the same. */
  private onClock = (): boolean => {
    if (this.sent) void this.follow();
    return this.sent !== undefined || this.waits();
  };

  private waits(): boolean {
    return this.querySelector("[data-waits]") !== null;
  }

  private async follow(head?: number): Promise<void> {
    const sent = this.sent;
    const standing = await sent?.look(head);
    if (!sent || sent !== this.sent || standing === undefined) return; // another one has been sent meanwhile
    if (standing !== "waiting") this.sent = undefined;
    if (standing === "followed") this.awaits = this.live?.begun.count ?? 0;
    else if (standing !== "waiting") this.tell(standing);
    this.live?.look();
  }

  private onSwapped = (event: Event): void => {
    if ((this.live?.begun.of(event) ?? 0) <= this.awaits || Date.now() < this.readUntil) return;
    this.awaits = Infinity;
    this.say("");
  };

  private onChoice = (event: Event): void => {
    const chosen = event.target;
    if (chosen instanceof HTMLSelectElement && "submits" in chosen.dataset) chosen.form?.requestSubmit();
  };

  private onSubmit = (event: SubmitEvent): void => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || !(event.submitter ?? form).closest("[data-wallet], [data-signs]")) return;
    event.preventDefault();
    if (!this.busy) void this.send(form, event.submitter);
  };

  private async send(form: HTMLFormElement, pressed: HTMLElement | null): Promise<void> {
    this.busy = true;
    await withWallet((loaded) => this.act(form, pressed, loaded)).finally(() => (this.busy = false));
  }

  private async act(form: HTMLFormElement, pressed: HTMLElement | null, loaded: Wallet): Promise<void> {
    const { explain, asWalletError } = loaded;
    try {
      this.say("");
      const entries = [...new FormData(form, pressed).entries()].filter(([name]) => name !== "csrfmiddlewaretoken");
      const fields = new URLSearchParams(entries as [string, string][]);
      const url = pressed?.getAttribute("formaction") ?? form.action;
      const signs = (pressed ?? form).closest("[data-wallet], [data-signs]")?.matches("[data-signs]");
      if (signs) await this.sign(url, fields, loaded);
      else await this.pay(await loaded.post<Call>(url, fields), loaded, form.dataset["notes"]);
      if ("empties" in form.dataset) form.reset(); // an amount that was sent is not to be sent twice
    } catch (error) {
      this.say(explain(error), asWalletError(error).code === "cancelled" ? "status" : "alert");
    }
  }

  private async pay(call: Call, { sendTransaction, receiptOf, post }: Wallet, notes = ""): Promise<void> {
    const hash = await sendTransaction(call);
    if (notes) await post(notes, { hash }).catch(() => undefined); // the chain tells it as well, a little later
    this.sent = new Sent(() => receiptOf(hash));
    this.readUntil = 0;
    this.awaits = Infinity;
    this.tell("sent");
  }

  private async sign(url: string, fields: URLSearchParams, loaded: Wallet): Promise<void> {
    const { post, signTypedData } = loaded;
    const asked = await post<Signing | Call>(url, fields);
    if (!("typed" in asked)) return this.pay(asked, loaded); // nothing has to be signed before it
    for (const [name, value] of Object.entries(asked.fields ?? {})) fields.set(name, value);
    fields.set("signature", await signTypedData(asked.typed, asked.chainId));
    const { said, then } = await post<Signed>(asked.to, fields);
    this.say(said);
    this.readUntil = Date.now() + reading;
    this.awaits = (this.live?.begun.count ?? 0) + 1; // its figures come with the next look, and it goes with the one after
    this.live?.look();
    for (const link of this.querySelectorAll("[data-signed]")) link.dispatchEvent(new CustomEvent("live:signed"));
    if (then) await this.pay(then, loaded);
  }

  private tell(name: Text): void {
    const text = this.querySelector<HTMLTemplateElement>(`template[data-${name}]`)?.content.textContent?.trim() ?? "";
    this.say(text, name === "failed" ? "alert" : "status");
  }

  /** Say a text as what may wait for a pause or as what went wrong, and nothing as the other. */
  private say(text: string, kind: "status" | "alert" = "status"): void {
    for (const region of this.querySelectorAll("[data-said]")) {
      const line = region.querySelector<HTMLElement>(".notice");
      const place = line?.querySelector("[data-text]");
      if (!line || !place) continue;
      place.textContent = region.role === kind ? text : "";
      line.hidden = place.textContent === "";
      if (!line.hidden) line.scrollIntoView({ block: "nearest" });
    }
  }
}

customElements.define("seller-desk", SellerDesk);
