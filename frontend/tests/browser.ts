// The parts of a browser that the scripts under test touch; loaded before them.
import { Window } from "happy-dom";

const window = new Window({ url: "http://localhost/" });
const names = ["window", "document", "location", "Event", "CustomEvent", "DOMException", "Element", "HTMLElement", "DOMParser"] as const;
const elements = [
  ...(["HTMLInputElement", "HTMLTextAreaElement", "HTMLSelectElement", "HTMLTemplateElement"] as const),
  ...(["HTMLFormElement", "HTMLButtonElement", "FormData", "customElements"] as const),
] as const;
for (const name of [...names, ...elements]) Object.defineProperty(globalThis, name, { value: window[name], writable: true });
