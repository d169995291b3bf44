// <buy-form>: shows who sent the visitor, lets that be removed, and leaves it out where it is the buyer or the seller,
// who cannot be it. What a visitor has chosen is still chosen after the page was loaded again to sign in.
import { forgetReferrer, referrer } from "./referrer";

type Field = HTMLInputElement | HTMLSelectElement;

class BuyForm extends HTMLElement {
  private isUnfolded = false;

  connectedCallback(): void {
    this.querySelector("[data-remove]")?.addEventListener("click", this.forget);
    document.addEventListener("htmx:before:swap", this.note);
    document.addEventListener("htmx:after:swap", this.fill);
    this.addEventListener("change", this.keep);
    this.restore();
    this.fill();
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:before:swap", this.note);
    document.removeEventListener("htmx:after:swap", this.fill);
  }

  /** Who has unfolded the parts of the price sees those of the next one. */
  private note = (): void => {
    this.isUnfolded = this.querySelector("details.made")?.hasAttribute("open") ?? false;
  };

  private keep = (): void => {
    if (this.dataset["account"]) return;
    const chosen = this.fields.map((field) => [field.name, field.value] as const);
    sessionStorage.setItem(this.place, JSON.stringify(Object.fromEntries(chosen)));
  };

  private restore(): void {
    const kept = sessionStorage.getItem(this.place);
    if (!kept || !this.dataset["account"]) return;
    sessionStorage.removeItem(this.place);
    const chosen = JSON.parse(kept) as Record<string, string>;
    for (const field of this.querySelectorAll<Field>("[name=plan], [name=passes], [name=periods]")) {
      const value = chosen[field.name];
      if (value === undefined) continue;
      if (field instanceof HTMLInputElement && field.type === "radio") field.checked ||= field.value === value;
      else field.value = value;
    }
  }

  private get fields(): Field[] {
    return [...this.querySelectorAll<Field>("[name=plan]:checked, [name=passes], [name=periods]")];
  }

  private get place(): string {
    return `chosen:${location.pathname}`;
  }

  private fill = (): void => {
    this.querySelector("details.made")?.toggleAttribute("open", this.isUnfolded);
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
