// The wallets of this browser, as they announce themselves (EIP-6963), the most recently used first.
import { createStore, type EIP6963ProviderDetail } from "mipd";
import type { EIP1193Provider } from "viem";

export interface Wallet {
  info: EIP6963ProviderDetail["info"];
  provider: EIP1193Provider;
}

const key = "wallets"; // in localStorage: identifiers, the latest first
const kept = 5;
const patience = 3000; // ms until an extension that has not announced itself counts as missing

export const demoPrefix = "demo.citrate.";
export const isDemo = (wallet: Wallet): boolean => wallet.info.rdns.startsWith(demoPrefix);

const store = createStore();

export function recent(): string[] {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(names) ? names.map(String) : [];
  } catch {
    return [];
  }
}

export function remember(wallet: Wallet): void {
  const others = recent().filter((name) => name !== wallet.info.rdns);
  localStorage.setItem(key, JSON.stringify([wallet.info.rdns, ...others].slice(0, kept)));
}

export function wallets(): Wallet[] {
  const order = recent();
  const rank = (wallet: Wallet): number => [...order, wallet.info.rdns].indexOf(wallet.info.rdns);
  return ([...store.getProviders()] as Wallet[]).sort((one, other) => rank(one) - rank(other));
}

/** Call `show` now and whenever a wallet announces itself; returns how to stop that. */
export const onWallets = (show: () => void): (() => void) => store.subscribe(show, { emitImmediately: true });

/** The wallet used last, once it has announced itself. */
export function lastUsed(): Promise<Wallet | undefined> {
  const name = recent()[0];
  const found = (): Wallet | undefined => wallets().find((wallet) => wallet.info.rdns === name);
  return new Promise((resolve) => {
    if (!name || found()) return resolve(found());
    const timer = setTimeout(() => done(undefined), patience);
    const stop = store.subscribe(() => found() && done(found()));
    function done(wallet: Wallet | undefined): void {
      clearTimeout(timer);
      stop();
      resolve(wallet);
    }
  });
}
