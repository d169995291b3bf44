// htmx, its progress line, and what happens when a request fails. Its configuration stands in base.html's meta tag:
// same origin only, no extension, no style element; Back reloads the page, so that there is one way to render it.
import "htmx.org";
import { released } from "./press";
import { standing } from "./targets";
import { clearFailures, toast, toastFrom } from "./toasts";

interface Context {
  fetch?: typeof fetch;
  request: { action: string };
  sourceElement: Element;
  response?: { status: number };
  target?: Element | string;
  swap: string;
  text?: string;
}

const unprocessable = 422; // a form with errors: it is swapped as it is
let running = 0;

// htmx restores only entries that it marked, and never marks the first one: without this, Back to it would do nothing.
history.replaceState({ ...history.state, htmx: true }, "");

function on(name: string, handle: (ctx: Context) => void): void {
  document.addEventListener(name, (event) => {
    const ctx = (event as CustomEvent<{ ctx?: Context }>).detail.ctx;
    if (ctx) handle(ctx);
  });
}

function busy(ctx: Context, change: 1 | -1): void {
  running = Math.max(0, running + change);
  document.querySelector(".progress")?.toggleAttribute("data-busy", running > 0);
  if (!(ctx.target instanceof Element)) return;
  if (change > 0) ctx.target.setAttribute("aria-busy", "true");
  else ctx.target.removeAttribute("aria-busy");
}

/** An answer waits while a button of the mouse is down: a swap would move what is pressed from under its click. */
async function fetchUnpressed(...asked: Parameters<typeof fetch>): Promise<Response> {
  const answer = await fetch(...asked);
  await released();
  return answer;
}

// Named when the press was made: one that waited for the answer to another may find that part replaced, and htmx would
// drop its own answer.
on("htmx:before:request", (ctx) => {
  if (ctx.target instanceof Element) ctx.target = standing(ctx.target);
});
on("htmx:before:request", (ctx) => (ctx.fetch = fetchUnpressed));
on("htmx:before:request", (ctx) => busy(ctx, 1));
on("htmx:finally:request", (ctx) => busy(ctx, -1));

// Looks of live parts say themselves whether they were answered; they are tried again without being asked to.
const isLook = (ctx: Context): boolean => ctx.sourceElement.matches("[data-look]");
const isAway = (status: number): boolean => status >= 500 || status === 429 || status === 0;

function tellLook(ctx: Context, name: "live:answered" | "live:unanswered"): void {
  ctx.sourceElement.dispatchEvent(new CustomEvent(name, { bubbles: true }));
}

// A failure leaves the page as it was and says so in a toast, with a link that loads the same thing as a whole page.
on("htmx:after:request", (ctx) => {
  const status = ctx.response?.status ?? 0;
  if (status >= 400 && status !== unprocessable) ctx.swap = "none";
  if (isLook(ctx)) tellLook(ctx, isAway(status) ? "live:unanswered" : "live:answered");
  else if (status < 400) clearFailures();
  else if (status !== unprocessable && !toastFrom(ctx.text ?? "")) toast("toast-failed", { href: ctx.request.action });
});
on("htmx:error", (ctx) => {
  if (isLook(ctx)) tellLook(ctx, "live:unanswered");
  else toast("toast-failed", { href: ctx.request.action });
});
