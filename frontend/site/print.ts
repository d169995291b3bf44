// <print-button>: a way to paper, where there is a script to open it.
class PrintButton extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", () => window.print());
  }
}

customElements.define("print-button", PrintButton);
