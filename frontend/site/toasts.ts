// Short messages in the corner. The page holds them translated, in <template id="toast-…">.
const shown = 5000;

const region = (): HTMLElement | null => document.getElementById("toasts");

/** Show a toast. One that offers a way out stays until it is used or closed, others leave by themselves. */
function show(said: Element): void {
  const same = [...(region()?.children ?? [])].find((each) => each.textContent === said.textContent);
  same?.remove(); // what is said again and again, because a server stays away, stands there once
  region()?.append(said);
  if (!said.querySelector("a")) setTimeout(() => said.remove(), shown);
}

/** Show the toast that the page holds under `id`; its link, if it has one, leads to `href`. */
export function toast(id: "toast-failed" | "toast-copied" | "toast-not-copied" | "toast-session-ended", href?: string): void {
  const template = document.getElementById(id) as HTMLTemplateElement | null;
  const copy = template?.content.firstElementChild?.cloneNode(true) as Element | undefined;
  if (!copy) return;
  if (href) copy.querySelector("a")?.setAttribute("href", href);
  show(copy);
}

/** Show the toast in an answer of the server; false if the answer holds none. */
export function toastFrom(html: string): boolean {
  const found = new DOMParser().parseFromString(html, "text/html").querySelector(".toast");
  if (found) show(document.importNode(found, true));
  return found !== null;
}

export function clearToasts(): void {
  region()?.replaceChildren();
}
