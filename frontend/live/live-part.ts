// <live-part data-sockets="/ws/…">: a part of a page that looks again whenever one of its sockets says something, or
// something inside it says that it has changed it. While it has an element [data-waits], it looks by the clock as well.
import { LiveFragment } from "./fragment";

class LivePart extends HTMLElement {
  private live: LiveFragment | undefined;

  connectedCallback(): void {
    const sockets = (this.dataset["sockets"] ?? "").split(" ").filter(Boolean);
    const waits = (): boolean => this.querySelector("[data-waits]") !== null;
    this.live = new LiveFragment(this, { sockets, hint: this.look, waits, swapped: () => {} });
    this.addEventListener("live:changed", this.look);
  }

  disconnectedCallback(): void {
    this.removeEventListener("live:changed", this.look);
    this.live?.close();
  }

  private look = (): void => this.live?.look();
}

customElements.define("live-part", LivePart);
