// <draft-follow>: the parts of a draft that change by themselves, the files and the checks among them. They are asked for
// again while something is under way, and when something was changed here.
const usual = 2_000; // ms between two looks while something is under way
const most = 20_000; // while nothing changes, looks become rarer

class DraftFollow extends HTMLElement {
  private timer = 0;
  private time = usual;

  connectedCallback(): void {
    document.addEventListener("draft:changed", this.onChanged);
    document.addEventListener("htmx:after:swap", this.onSwapped);
    this.plan();
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
    document.removeEventListener("draft:changed", this.onChanged);
    document.removeEventListener("htmx:after:swap", this.onSwapped);
  }

  private onChanged = (): void => {
    this.time = usual;
    this.look();
  };

  private onSwapped = (): void => this.plan();

  private plan(): void {
    clearTimeout(this.timer);
    if (!this.querySelector("[data-waits]")) return;
    this.timer = window.setTimeout(() => (document.hidden ? this.plan() : this.look()), this.time);
    this.time = Math.min(most, this.time * 1.2);
  }

  private look(): void {
    for (const link of this.querySelectorAll("[data-look]")) link.dispatchEvent(new CustomEvent("live:look"));
    this.plan();
  }
}

customElements.define("draft-follow", DraftFollow);
