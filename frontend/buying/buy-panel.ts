// <buy-panel>: price, form and order beside a model. They are asked for anew when they may be stale: Back after a
// purchase must not offer it again. While the panel is in sight, the dock that leads to it is not needed.
import { onStale } from "../live/freshness";
import { Looks } from "../live/looks";
import { keepWritten } from "../live/written";

const keyboard = 150; // px that a keyboard takes at least from what is seen of a page

class BuyPanel extends HTMLElement {
  private looks: Looks | undefined;
  private stops: (() => void)[] = [];
  private isInSight = false;

  connectedCallback(): void {
    this.looks = new Looks(this);
    this.stops = [onStale(this.onStale), keepWritten(this, this.onSwapped), this.watchSight(), this.watchKeyboard()];
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
    this.toggleAttribute("data-in-sight", this.isInSight); // what the server sends does not say it
    if (!(event.target as Element).matches("[data-look]")) return;
    this.querySelector("form.buy")?.dispatchEvent(new Event("change", { bubbles: true }));
  };

  private watchSight(): () => void {
    const look = ([entry]: IntersectionObserverEntry[]): void => {
      this.isInSight = entry?.isIntersecting ?? false;
      this.toggleAttribute("data-in-sight", this.isInSight);
    };
    const seen = new IntersectionObserver(look, { rootMargin: "0px 0px -72px" });
    seen.observe(this);
    return () => seen.disconnect();
  }

  private watchKeyboard(): () => void {
    const seen = window.visualViewport;
    const measure = (): void => {
      const covered = window.innerHeight - (seen?.height ?? window.innerHeight) * (seen?.scale ?? 1);
      document.documentElement.toggleAttribute("data-keyboard", covered > keyboard);
    };
    seen?.addEventListener("resize", measure);
    return () => seen?.removeEventListener("resize", measure);
  }
}

customElements.define("buy-panel", BuyPanel);
