// <copy-button data-text="…"> puts its text on the clipboard and says so.
import { toast } from "./toasts";

class CopyButton extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", () => void this.copy());
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.dataset["text"] ?? "");
      toast("toast-copied");
    } catch {
      toast("toast-not-copied"); // refused by the browser, or the page is not on a secure origin
    }
  }
}

customElements.define("copy-button", CopyButton);
