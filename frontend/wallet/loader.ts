// Loads the wallet's bundle when it is first needed: pages for reading do without it.
import { meta } from "../site/dom";

export type Wallet = typeof import("../wallet");

/** The wallet's functions; every caller gets the same ones. */
export const wallet = (): Promise<Wallet> => import(meta("wallet-script")?.content ?? "") as Promise<Wallet>;
