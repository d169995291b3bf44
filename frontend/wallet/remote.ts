// WalletConnect: a wallet on another device, announced only where the server names a project. Its own script is larger
// than all the others together; it comes when this wallet is chosen, or has to act for who signed in with it.
import { announceProvider, type EIP6963ProviderDetail } from "mipd";
import { numberToHex } from "viem";
import { meta } from "../site/dom";
import { WalletError } from "./errors";
import type { Wallet } from "./providers";
import { get, start } from "./server";

type Script = typeof import("../walletconnect");
type Line = Awaited<ReturnType<Script["open"]>>;
type Listener = (value: unknown) => void;

interface Request {
  method: string;
  params?: unknown[];
}

/** What a wallet needs to find this page: the address that it opens, and the same as a picture to be scanned. */
export interface Pairing {
  uri: string;
  code: Element;
  abandon: () => void;
}

const name = "org.walletconnect";
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%23484c57'/%3E%3Crect x='11' y='6' width='10' height='20' rx='2.5' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E";

class RemoteProvider {
  private readonly listeners = new Map<string, Set<Listener>>();
  private opened: Promise<Line> | undefined;

  constructor(private readonly settings: HTMLMetaElement) {}

  on(event: string, listener: Listener): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }

  removeListener(event: string, listener: Listener): void {
    this.listeners.get(event)?.delete(listener);
  }

  async request({ method, params = [] }: Request): Promise<unknown> {
    const line = await (this.opened ??= this.open());
    if (method === "eth_getTransactionReceipt") return receipt(line.chain, String(params[0]));
    if (method === "eth_requestAccounts") return line.ask(this.listeners.get("pairing")?.size ? this.tell : undefined);
    return line.request(method, params);
  }

  private readonly tell = (event: string, value: unknown): void => {
    for (const listener of this.listeners.get(event) ?? []) listener(value);
  };

  /** Whoever tries again after a failure gets a new one. */
  private async open(): Promise<Line> {
    try {
      const [script, { chains }] = await Promise.all([import(this.settings.content) as Promise<Script>, start()]);
      const { project = "", relay = "", icon: picture = "" } = this.settings.dataset;
      return await script.open({ project, relay, icon: picture, chains: chains.map(({ id }) => id), tell: this.tell });
    } catch (error) {
      this.opened = undefined;
      throw new WalletError("unreachable", "", error);
    }
  }
}

/** Our server looks on the chain: wallets on a phone mostly do not say what became of a transaction. */
async function receipt(chain: number, hash: string): Promise<object | null> {
  const { block, ok } = await get<{ block: number | null; ok: boolean }>(`/wallet/receipts/${chain}/${hash}`);
  return block === null ? null : { blockNumber: numberToHex(block), status: numberToHex(ok ? 1 : 0) };
}

let isAnnounced = false;

/** Announce it, once, where the page says that it is there. */
export function announceRemote(): void {
  const settings = meta("walletconnect");
  if (!settings || isAnnounced) return;
  isAnnounced = true;
  const info = { uuid: crypto.randomUUID(), name: "WalletConnect", icon, rdns: name };
  announceProvider({ info, provider: new RemoteProvider(settings) } as unknown as EIP6963ProviderDetail);
}

/** Hear what has to be shown while this wallet looks for its other half; returns how to stop that. */
export function onPairing(wallet: Wallet, show: (pairing: Pairing) => void): () => void {
  if (wallet.info.rdns !== name) return () => {};
  const provider = wallet.provider as unknown as RemoteProvider;
  provider.on("pairing", show as Listener);
  return () => provider.removeListener("pairing", show as Listener);
}
