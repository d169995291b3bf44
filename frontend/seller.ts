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
    if (!this.busy) void this.send(form, (event as SubmitEvent).submitter);
  };

  private async send(form: HTMLFormElement, pressed: HTMLElement | null): Promise<void> {
    this.busy = true;
    const { post, sendTransaction, explain } = await wallet();
    try {
      this.say("");
      const entries = [...new FormData(form, pressed).entries()].filter(([name]) => name !== "csrfmiddlewaretoken");
      const fields = new URLSearchParams(entries as [string, string][]);
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
    if (text) said.scrollIntoView({ block: "nearest" });
  }
}

/** <list-rows>: rows of inputs, with a button that adds an empty one, up to data-most. */
class ListRows extends HTMLElement {
  connectedCallback(): void {
    const button = this.querySelector<HTMLButtonElement>("[data-add]")!;
    button.addEventListener("click", () => this.add(button));
    this.show(button);
  }

  private rows(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-row]")];
  }

  private add(button: HTMLButtonElement): void {
    const row = this.rows().at(-1)!.cloneNode(true) as HTMLElement;
    for (const input of row.querySelectorAll("input")) input.value = "";
    button.before(row);
    row.querySelector("input")!.focus();
    this.show(button);
  }

  private show(button: HTMLButtonElement): void {
    button.hidden = this.rows().length >= Number(this.dataset["most"]);
  }
}

customElements.define("seller-desk", SellerDesk);
customElements.define("list-rows", ListRows);
