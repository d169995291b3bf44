// Who sent the visitor: ?ref=0x… of the link that they followed, kept for the visit. <buy-form> shows it, lets it be
// removed, and leaves it out where it is the buyer or the seller, who cannot be it.
const kept = "referrer";
const address = /^0x[0-9a-fA-F]{40}$/;

const asked = new URLSearchParams(location.search).get("ref") ?? "";
if (address.test(asked)) sessionStorage.setItem(kept, asked);

class BuyForm extends HTMLElement {
  connectedCallback(): void {
    this.querySelector("[data-remove]")?.addEventListener("click", this.forget);
    const who = sessionStorage.getItem(kept) ?? "";
    const parties = [this.dataset["account"], this.dataset["seller"]].map((each) => each?.toLowerCase());
    this.show(parties.includes(who.toLowerCase()) ? "" : who);
  }

  private forget = (): void => {
    sessionStorage.removeItem(kept);
    this.show("");
    this.querySelector("form")?.dispatchEvent(new Event("change", { bubbles: true })); // the quote is asked again
  };

  private show(who: string): void {
    const line = this.querySelector<HTMLElement>("[data-referred]");
    const field = this.querySelector<HTMLInputElement>("[name=referrer]");
    if (!line || !field) return;
    field.value = who;
    line.hidden = !who;
    const shown = line.querySelector<HTMLElement>("[data-who]")!;
    shown.textContent = `${who.slice(0, 6)}…${who.slice(-4)}`;
    shown.title = who;
  }
}

customElements.define("buy-form", BuyForm);
