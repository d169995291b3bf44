// What a person is writing stays as it is while the page changes around it: an open question (details.ask) and every
// field that was touched are left alone by htmx's morph, and what was opened stays open. What was written for a form that is gone can be copied.
const skip = "hx-morph-skip"; // htmx leaves an element with it alone

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** Keep it so inside `host`, and call `swapped` after every swap of the page. Returns how to stop. */
export function keepWritten(host: HTMLElement, swapped?: (event: Event) => void): () => void {
  let written: HTMLTextAreaElement[] = [];
  let opened: HTMLDetailsElement[] = [];
  const before = (): void => {
    opened = [...host.querySelectorAll<HTMLDetailsElement>("details[open]")];
    for (const ask of host.querySelectorAll("details.ask")) ask.toggleAttribute(skip, ask.hasAttribute("open"));
    const fields = [...host.querySelectorAll<Field>("input, textarea, select")];
    for (const field of fields) field.toggleAttribute(skip, isTouched(field));
    written = fields.filter((field): field is HTMLTextAreaElement => field instanceof HTMLTextAreaElement && isTouched(field));
  };
  const after = (event: Event): void => {
    for (const field of written) if (!field.isConnected) keep(host, field.value);
    written = [];
    for (const details of opened) if (details.isConnected) details.open = true; // the server knows of none
    opened = [];
    swapped?.(event);
  };
  document.addEventListener("htmx:before:swap", before);
  document.addEventListener("htmx:after:swap", after);
  return () => {
    document.removeEventListener("htmx:before:swap", before);
    document.removeEventListener("htmx:after:swap", after);
  };
}

/** Put a text where it can be copied, beside what is swapped; white space is not worth it. */
function keep(host: HTMLElement, text: string): void {
  const kept = host.querySelector<HTMLElement>("[data-unsent]");
  const place = kept?.querySelector("textarea");
  if (!kept || !place || !text.trim()) return;
  place.value = text;
  kept.hidden = false;
}

/** Whether the person has changed a field since the server sent it. */
export function isTouched(field: Field): boolean {
  if (field instanceof HTMLSelectElement) {
    const sent = [...field.options].findIndex((option) => option.hasAttribute("selected"));
    return field.selectedIndex !== Math.max(0, sent);
  }
  if (field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type))
    return field.checked !== field.defaultChecked;
  return field.type !== "hidden" && field.value !== field.defaultValue;
}
