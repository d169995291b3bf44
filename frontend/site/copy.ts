// <copy-button data-text="…"> puts its text on the clipboard and says so.
import { toast } from "./toasts";

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast("toast-copied");
  } catch {
    toast("toast-not-copied"); // refused by the browser, or the page is not on a secure origin
  }
}

class CopyButton extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", () => void copy(this.dataset["text"] ?? ""));
  }
}

customElements.define("copy-button", CopyButton);
