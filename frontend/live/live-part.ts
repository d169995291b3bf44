// <live-part data-sockets="/ws/…">: a part of a page that looks again whenever one of its sockets says something.
import { LiveFragment } from "./fragment";

class LivePart extends HTMLElement {
  private live: LiveFragment | undefined;

  connectedCallback(): void {
    const sockets = (this.dataset["sockets"] ?? "").split(" ").filter(Boolean);
    const look = (): void => this.live?.look();
    this.live = new LiveFragment(this, { sockets, hint: look, waits: () => false, swapped: () => {} });
  }

  disconnectedCallback(): void {
    this.live?.close();
  }
}

customElements.define("live-part", LivePart);
