// The way into a session and out of it: "Connect wallet" opens the picker, and a session is watched while it lasts.
import { toast } from "../site/toasts";
import { meta } from "../site/dom";
import { wallet } from "./loader";
import { watch } from "./watch";

async function connect(link: HTMLAnchorElement): Promise<void> {
  const loaded = await wallet().catch(() => location.assign(link.href)); // the page says what is wrong
  if (!loaded) return;
  await loaded.connect().then(
    () => location.reload(),
    () => link.focus(),
  );
}

document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-connect]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void connect(link);
});

const account = meta("account");
// signed in: the wallet may change its account at any time
if (account) void watch(account.content);
// the picker stands open: to sign in, or once more to accept or confirm something
if (document.querySelector("main wallet-picker")) void wallet();

const signInHere = (): string => `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;

if (sessionStorage.getItem("session-ended")) {
  sessionStorage.removeItem("session-ended");
  toast("toast-session-ended", { href: document.querySelector("main wallet-picker") ? location.href : signInHere() });
}
