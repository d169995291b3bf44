// <buy-panel>: price, form and order beside a model. They are asked for anew when they may be stale: Back after a
// purchase must not offer it again.
import { onStale } from "../live/freshness";
import { Looks } from "../live/looks";
import { keepWritten } from "../live/written";

class BuyPanel extends HTMLElement {
  private looks: Looks | undefined;
  private stops: (() => void)[] = [];

  connectedCallback(): void {
    this.looks = new Looks(this);
    this.stops = [onStale(this.onStale), keepWritten(this, this.onSwapped)];
  }

  disconnectedCallback(): void {
    for (const stop of this.stops) stop();
    this.looks?.close();
  }

  private onStale = (long: boolean): void => {
    if (long) this.looks?.look();
  };

  /** The price is of the choice that stayed. */
  private onSwapped = (event: Event): void => {
    if (!(event.target as Element).matches("[data-look]")) return;
    this.querySelector("form.buy")?.dispatchEvent(new Event("change", { bubbles: true }));
  };
}

customElements.define("buy-panel", BuyPanel);
