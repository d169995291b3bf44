// Loads the wallet's bundle when it is first needed: pages for reading do without it.
import { meta } from "../site/dom";
import { toast } from "../site/toasts";

export type Wallet = typeof import("../wallet");

/** The wallet's functions; every caller gets the same ones. */
export const wallet = (): Promise<Wallet> => import(meta("wallet-script")?.content ?? "") as Promise<Wallet>;

/**
 * Do something with the wallet that a person has asked for. Where its bundle cannot be had (no network; a page of before a
 * release, whose files are gone) nothing is done, and the page says so, with a way to load it again.
 */
export async function withWallet(act: (loaded: Wallet) => Promise<void>): Promise<void> {
  const loaded = await wallet().catch(() => toast("toast-failed", { href: location.href }));
  if (loaded) await act(loaded);
}
