// <seller-desk>: forms whose answer is a transaction for the wallet, and figures that follow the chain.
import { Hints } from "./hints";
import { wallet } from "./wallet-loader";

const hurried = 30; // blocks
const unhurried = 15; // every so many blocks otherwise

class SellerDesk extends HTMLElement {
  private hints: Hints[] = [];
  private busy = false;
  private blocks = 0;
  private eager = 0; // blocks to look at each of, after something was sent

  connectedCallback(): void {
    this.addEventListener("submit", this.onSubmit);
    const chains = (this.dataset["chains"] ?? "").split(" ").filter(Boolean);
    this.hints = chains.map((chain) => new Hints(`/ws/chains/${chain}`, this.onBlock));
  }

  disconnectedCallback(): void {
    for (const hint of this.hints) hint.close();
  }

  private onBlock = (): void => {
    this.eager = Math.max(0, this.eager - 1);
    if (!document.hidden && (this.eager || ++this.blocks % unhurried === 0)) this.look();
  };

  private look = (): void => {
    this.querySelector("[data-look]")?.dispatchEvent(new CustomEvent("desk:changed"));
  };

  private onSubmit = (event: Event): void => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-wallet]")) return;
    event.preventDefault();
    if (!this.busy) void this.send(form);
  };

  private async send(form: HTMLFormElement): Promise<void> {
    this.busy = true;
    const { post, sendTransaction, explain } = await wallet();
    try {
      this.say("");
      const fields = Object.fromEntries(new FormData(form)) as Record<string, string>;
      await sendTransaction(await post<Parameters<typeof sendTransaction>[0]>(form.action, fields));
      this.eager = hurried;
      this.say(this.querySelector<HTMLTemplateElement>("[data-sent]")?.content.textContent ?? "");
    } catch (error) {
      this.say(explain(error));
    } finally {
      this.busy = false;
    }
  }

  private say(text: string): void {
    const said = this.querySelector<HTMLElement>("[data-said]");
    if (!said) return;
    said.hidden = !text;
    said.querySelector("[data-text]")!.textContent = text;
  }
}

customElements.define("seller-desk", SellerDesk);
