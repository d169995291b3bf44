// The filters as a sheet from below, where there is no room for them beside the results. The browser's popover opens and
// closes it; here it becomes a dialog (focus stays inside, Back closes it), and what is chosen in it is a draft: it is
// counted while one chooses, and asked for by "Show them". Closing it in any other way takes the draft back.
/** Told when what is chosen in the sheet has changed and is not asked for yet, or was taken back. */
export const DRAFT = "facets:draft";

const heard = 500; // ms within which htmx tells of a step
const wide = matchMedia("(min-width: 1100px)"); // as in results.css: beside the results there is no sheet

// The entry of the history that was made for the sheet: none, the one that we stand on, or one that is being left.
let entry: "none" | "here" | "leaving" = "none";
let isOurs = false; // whether the step that htmx has just heard of led out of that entry
let drafting = false; // from its opening until it is closed, and the field that was left by that has told of its change
let wanted = false; // whether the draft is to be shown, once that entry is left
let inert: HTMLElement[] = [];

const sheet = (): HTMLElement | null => document.getElementById("facets");
const open = (): HTMLElement | null => document.querySelector<HTMLElement>("#facets:popover-open");
const form = (): HTMLFormElement | null => document.querySelector<HTMLFormElement>("form#catalogue");
const fields = (): HTMLInputElement[] => [...(sheet()?.querySelectorAll("input") ?? [])];

/** Everything around the sheet can be neither reached nor read while it is open, as around a modal dialog. */
function shutOut(host: HTMLElement): void {
  for (let each = host; each !== document.body && each.parentElement; each = each.parentElement)
    for (const other of each.parentElement.children)
      if (other instanceof HTMLElement && other !== each && !other.inert) inert.push(other);
  for (const other of inert) other.inert = true;
}

function letIn(): void {
  for (const other of inert) other.inert = false;
  inert = [];
}

function opened(host: HTMLElement): void {
  host.setAttribute("role", "dialog");
  host.setAttribute("aria-modal", "true");
  shutOut(host);
  if (entry === "none") enter(); // else a step back is still on its way, and the new entry follows it
  host.querySelector("h2")?.focus();
}

function enter(): void {
  history.pushState({ ...history.state, sheet: true }, "");
  entry = "here";
}

function closed(host: HTMLElement): void {
  host.removeAttribute("role");
  host.removeAttribute("aria-modal");
  host.style.removeProperty("bottom");
  if (!wanted) takeBack();
  if (entry === "none") show();
  if (entry !== "here") return;
  entry = "leaving";
  history.back();
}

/** Ask for what is drafted, if it is wanted. */
function show(): void {
  if (wanted) form()?.requestSubmit();
  wanted = false;
}

function takeBack(): void {
  const changed = fields().filter((field) => field.checked !== field.defaultChecked || field.value !== field.defaultValue);
  for (const field of changed) {
    field.checked = field.defaultChecked;
    if (field.type !== "checkbox") field.value = field.defaultValue;
  }
  if (changed.length) drafted();
}

function clear(): void {
  for (const field of fields()) {
    if (!field.disabled) field.checked = false;
    if (field.dataset["bound"]) field.value = "";
  }
  drafted();
}

function drafted(): void {
  document.dispatchEvent(new CustomEvent(DRAFT));
  sheet()?.querySelector(".dock")?.dispatchEvent(new CustomEvent("draft")); // around the count: it outlives each answer
}

document.addEventListener(
  "beforetoggle",
  (event) => {
    if (event.target !== sheet() || !(event instanceof ToggleEvent)) return;
    if (event.newState === "open") drafting = true;
    else letIn(); // before the browser gives the focus back to the button, which must be reachable by then
  },
  true,
);
document.addEventListener(
  "toggle",
  (event) => {
    const host = sheet();
    if (!host || event.target !== host || !(event instanceof ToggleEvent)) return;
    drafting = event.newState === "open";
    if (drafting) opened(host);
    else closed(host);
  },
  true,
);

window.addEventListener("popstate", () => {
  if (entry === "none") return;
  isOurs = true;
  setTimeout(() => (isOurs = false), heard);
  const byUs = entry === "leaving";
  entry = "none";
  if (open() && byUs) enter();
  else if (open()) sheet()?.hidePopover();
  else show();
});

// htmx would load the page again, as for a step back to a page of its own.
document.addEventListener("htmx:before:history:restore", (event) => {
  if (isOurs) event.preventDefault();
  isOurs = false;
});

// A change inside the open sheet is a draft; the form must not hear of it and ask at once.
document.addEventListener(
  "change",
  (event) => {
    if (!drafting || !(event.target instanceof Node) || !sheet()?.contains(event.target)) return;
    event.stopPropagation();
    drafted();
  },
  true,
);
document.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.dataset["bound"] && open()?.contains(event.target)) drafted();
});

document.addEventListener("click", (event) => {
  const host = open();
  if (!host || !(event.target instanceof Element) || !host.contains(event.target)) return;
  if (event.target.closest("[data-clear]")) {
    event.preventDefault();
    clear();
  } else if (event.target.closest("[data-show]")) {
    event.preventDefault();
    wanted = true;
    host.hidePopover();
  }
});

// Where a keyboard lies over the page instead of making it smaller, the sheet ends above it.
visualViewport?.addEventListener("resize", () => {
  const host = open();
  if (!host || !visualViewport) return;
  const covered = Math.max(0, window.innerHeight - visualViewport.height - visualViewport.offsetTop);
  host.style.setProperty("bottom", `${covered}px`);
  if (document.activeElement instanceof HTMLInputElement) document.activeElement.scrollIntoView({ block: "nearest" });
});

wide.addEventListener("change", () => open()?.hidePopover());
