// <buy-form>: shows who sent the visitor, lets that be removed, and leaves it out where it is the buyer or the seller,
// who cannot be it.
import { forgetReferrer, referrer } from "./referrer";

class BuyForm extends HTMLElement {
  connectedCallback(): void {
    this.querySelector("[data-remove]")?.addEventListener("click", this.forget);
    document.addEventListener("htmx:after:swap", this.fill);
    this.fill();
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:after:swap", this.fill);
  }

  private fill = (): void => {
    const who = referrer();
    const parties = [this.dataset["account"], this.dataset["seller"]].map((each) => each?.toLowerCase());
    this.show(parties.includes(who.toLowerCase()) ? "" : who);
  };

  private forget = (): void => {
    forgetReferrer();
    this.show("");
    this.querySelector("form")?.dispatchEvent(new Event("change", { bubbles: true })); // the quote is asked again
  };

  private show(who: string): void {
    const line = this.querySelector<HTMLElement>("[data-referred]");
    const field = this.querySelector<HTMLInputElement>("[name=referrer]");
    const shown = line?.querySelector<HTMLElement>("[data-who]");
    if (!line || !field || !shown) return;
    field.value = who;
    line.hidden = !who;
    shown.textContent = `${who.slice(0, 6)}…${who.slice(-4)}`;
    shown.title = who;
  }
}

customElements.define("buy-form", BuyForm);
