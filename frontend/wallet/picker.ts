// <wallet-picker>: choose a wallet, then follow the sign-in. Its markup is templates/accounts/_picker.html.
import { announceDemoWallets } from "./demo";
import { asWalletError, explain } from "./errors";
import { isDemo, onWallets, type Wallet, wallets } from "./providers";
import { onPairing, type Pairing } from "./remote";
import { type Account, signIn } from "./session";

export class WalletPicker extends HTMLElement {
  private stop = (): void => {};
  private chosen: Wallet | undefined;

  connectedCallback(): void {
    this.stop = onWallets(this.list);
    this.find("[data-retry]").addEventListener("click", () => this.chosen && void this.choose(this.chosen));
    this.find("[data-back]").addEventListener("click", this.back);
    void announceDemoWallets().catch((error: unknown) => this.say(explain(error)));
  }

  disconnectedCallback(): void {
    this.stop();
  }

  /** Show the wallets again. */
  back = (): void => {
    this.view("wallets");
    this.find("[data-again]").hidden = true;
    this.say("");
    this.querySelector<HTMLElement>("button.wallet")?.focus();
  };

  private find = (selector: string): HTMLElement => this.querySelector<HTMLElement>(selector) as HTMLElement;

  private list = (): void => {
    const [demo, real] = [wallets().filter(isDemo), wallets().filter((wallet) => !isDemo(wallet))];
    this.find("[data-wallets]").replaceChildren(...real.map(this.row));
    this.find("[data-none]").hidden = real.length > 0;
    const section = this.querySelector<HTMLElement>("[data-demo]");
    if (!section) return;
    section.hidden = demo.length === 0;
    this.find("[data-personas]").replaceChildren(...demo.map(this.row));
  };

  private row = (wallet: Wallet): Node => {
    const copy = (this.find("template") as HTMLTemplateElement).content.cloneNode(true) as DocumentFragment;
    const [button, name] = [copy.querySelector("button"), copy.querySelector("b")];
    if (!isDemo(wallet) && wallet.info.icon.startsWith("data:image/")) button?.prepend(picture(wallet.info.icon));
    if (name) name.textContent = wallet.info.name;
    button?.addEventListener("click", () => void this.choose(wallet));
    return copy;
  };

  private async choose(wallet: Wallet): Promise<void> {
    this.chosen = wallet;
    this.view("steps");
    this.find("[data-again]").hidden = true;
    this.say("");
    const stop = onPairing(wallet, this.pair);
    try {
      this.finish(await signIn(wallet, this.step));
    } catch (error) {
      this.view("steps");
      this.say(explain(error), asWalletError(error).code === "cancelled" ? "" : "bad");
      this.find("[data-again]").hidden = false;
      this.find("[data-retry]").focus();
    } finally {
      stop();
    }
  }

  /** Show what a wallet on another device has to scan, or one on this device to open. */
  private pair = ({ uri, code, abandon }: Pairing): void => {
    this.view("pair");
    this.find("[data-code]").replaceChildren(code);
    (this.find("[data-open-wallet]") as HTMLAnchorElement).href = uri;
    this.find("[data-view=pair] copy-button").dataset["text"] = uri;
    this.find("[data-abandon]").addEventListener("click", abandon, { once: true });
    this.find("#pair-title").focus();
  };

  private finish(account: Account): void {
    this.dispatchEvent(new CustomEvent("wallet:signed-in", { detail: account, bubbles: true }));
    if (this.dataset["next"]) location.assign(this.dataset["next"]);
  }

  private view(name: string): void {
    for (const part of this.querySelectorAll<HTMLElement>("[data-view]")) part.hidden = part.dataset["view"] !== name;
  }

  /** Steps before `now` are done, `now` is being done; at the last one all are. */
  private step = (now: number): void => {
    this.view("steps");
    const steps = [...this.querySelectorAll(".step")];
    for (const [index, step] of steps.entries()) {
      const state = index < now || now === steps.length - 1 ? "done" : index === now ? "now" : "to-come";
      step.className = `step ${state}`;
      if (state === "now") step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
      step.querySelector("path")?.setAttribute("class", { done: "on", now: "half", "to-come": "off" }[state]);
    }
    const text = steps[now]?.querySelector("div")?.textContent;
    this.say(text ?? "", "quiet");
  };

  private say(text: string, kind = ""): void {
    const said = this.find("[data-said]");
    said.textContent = text;
    said.className = `said ${kind}`;
  }
}

function picture(source: string): HTMLImageElement {
  const image = new Image(32, 32);
  image.alt = ""; // the name stands beside it
  image.src = source;
  return image;
}

customElements.define("wallet-picker", WalletPicker);
