// Loads the wallet's bundle when it is first needed: pages for reading do without it.
import { toast } from "./toasts";

type Wallet = typeof import("./wallet");

const meta = (name: string): HTMLMetaElement | null => document.querySelector(`meta[name="${name}"]`);

/** The wallet's functions; every caller gets the same ones. */
export const wallet = (): Promise<Wallet> => import(meta("wallet-script")?.content ?? "") as Promise<Wallet>;

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

// signed in: the wallet may change its account at any time
if (meta("account")) void wallet().then((loaded) => loaded.watch());
// the sign-in page: the picker stands open
else if (document.querySelector("main wallet-picker")) void wallet();

const signInHere = (): string => `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;

if (sessionStorage.getItem("session-ended")) {
  sessionStorage.removeItem("session-ended");
  toast("toast-session-ended", document.querySelector("main wallet-picker") ? location.href : signInHere());
}
