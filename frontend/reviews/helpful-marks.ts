// <helpful-marks data-keys="…">: the list of reviews is the same for everybody; this marks those that the visitor found
// helpful, also after the list was read again. Pressing one that is marked takes that back.
export class HelpfulMarks extends HTMLElement {
  connectedCallback(): void {
    this.mark();
    document.addEventListener("htmx:after:swap", this.mark);
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:after:swap", this.mark);
  }

  private mark = (): void => {
    const keys = new Set((this.dataset["keys"] ?? "").split(" ").filter(Boolean));
    for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-key]")) {
      if (!keys.has(button.dataset["key"] ?? "")) continue;
      button.setAttribute("aria-pressed", "true");
      button.name = "helpful";
      button.value = "no";
    }
  };
}

customElements.define("helpful-marks", HelpfulMarks);
