// Short messages in the corner. The page holds them translated, in <template id="toast-…">. What went wrong is read out
// at once, the rest when there is a pause: #toasts has a region of its own for each.
const shown = 5000; // ms

type Name = "failed" | "copied" | "not-copied" | "session-ended" | "stale";

interface Details {
  href?: string; // where its link leads
  since?: Date;
}

const region = (): HTMLElement | null => document.getElementById("toasts");
const all = (selector: string): Element[] => [...(region()?.querySelectorAll(selector) ?? [])];
const leaving = new WeakMap<Element, number>();

/** Show a toast. One that offers a way out, or lasts, stays until it is used or withdrawn; others leave by themselves. */
function show(said: Element): void {
  const same = all(".toast").find((each) => each.textContent === said.textContent);
  const place = region()?.querySelector(said.matches(".bad") ? "[aria-live=assertive]" : "[role=status]");
  if (!same) place?.append(said); // what is said again and again, because a server stays away, is read out once
  else same.querySelector("a")?.setAttribute("href", said.querySelector("a")?.getAttribute("href") ?? "");
  const standing = same ?? said;
  clearTimeout(leaving.get(standing));
  const lasts = standing.hasAttribute("data-lasts") || standing.querySelector("a") !== null;
  if (!lasts) leaving.set(standing, window.setTimeout(() => standing.remove(), shown));
}

/** Show the toast that the page holds under `id`. */
export function toast(id: `toast-${Name}`, { href, since }: Details = {}): void {
  const template = document.getElementById(id) as HTMLTemplateElement | null;
  const copy = template?.content.firstElementChild?.cloneNode(true) as Element | undefined;
  if (!copy) return;
  copy.setAttribute("data-toast", id);
  if (href) copy.querySelector("a")?.setAttribute("href", href);
  const time = copy.querySelector("time");
  if (time && since) {
    time.dateTime = since.toISOString();
    time.textContent = since.toLocaleTimeString(document.documentElement.lang, { timeStyle: "short", hourCycle: "h23" });
  }
  show(copy);
}

/** Take back the toasts that stand under `id`. */
export function withdraw(id: `toast-${Name}`): void {
  for (const each of all(`[data-toast="${id}"]`)) each.remove();
}

/** Show the toast in an answer of the server; false if the answer holds none. */
export function toastFrom(html: string): boolean {
  const found = new DOMParser().parseFromString(html, "text/html").querySelector(".toast");
  if (found) show(document.importNode(found, true));
  return found !== null;
}

/** Take away what said that something failed: it has worked since. */
export function clearFailures(): void {
  for (const each of all("[aria-live=assertive] > .toast")) each.remove();
}

export function clearToasts(): void {
  for (const each of all(".toast")) each.remove();
}
