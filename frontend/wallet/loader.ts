// Loads the wallet's bundle when it is first needed: pages for reading do without it.
export type Wallet = typeof import("../wallet");

/** What the page's head says under this name. */
export const meta = (name: string): HTMLMetaElement | null => document.querySelector(`meta[name="${name}"]`);

/** The wallet's functions; every caller gets the same ones. */
export const wallet = (): Promise<Wallet> => import(meta("wallet-script")?.content ?? "") as Promise<Wallet>;
