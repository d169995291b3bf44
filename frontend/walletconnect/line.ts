// The line to a wallet on another device, as a wallet of this browser answers (EIP-1193).
import type { SignClient } from "@walletconnect/sign-client";
import { codeOf } from "./code";

type Made = Awaited<ReturnType<typeof SignClient.init>>;
export type Client = Pick<Made, "connect" | "disconnect" | "on" | "request"> & { session: { getAll(): Session[] } };
export type Tell = (event: string, value: unknown) => void;

/** What of a session is read here: its accounts are written as `eip155:<chain>:<address>` (CAIP-10). */
interface Session {
  topic: string;
  expiry: number; // in seconds
  namespaces: Record<string, { accounts: string[]; methods: string[] }>;
}

class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

// All that a page of ours asks a wallet to do; what only reads is not for a phone.
const methods = [
  "personal_sign",
  "eth_signTypedData_v4",
  "eth_sendTransaction",
  "wallet_getCapabilities",
  "wallet_sendCalls",
  "wallet_getCallsStatus",
];
const events = ["accountsChanged", "chainChanged"];
const away = "The wallet is not connected.";
const left = { code: 6000, message: "User disconnected." };

export class Line {
  private chosen: number | undefined;
  private readonly waiting = new Set<(why: RpcError) => void>(); // for an answer that nobody gives once it has ended
  private isOurs = false; // whether this page has made the session: a sign-in elsewhere begins with a new one

  constructor(
    private readonly client: Client,
    private readonly chains: number[],
    private readonly tell: Tell,
  ) {
    client.on("session_delete", () => this.hungUp());
    client.on("session_expire", () => this.hungUp());
    client.on("session_event", ({ params }) => this.heard(params.event.name, params.event.data, params.chainId));
  }

  /** The chain that is asked on. */
  get chain(): number {
    return this.chosen ?? this.accounts()[0]?.chain ?? this.chains[0] ?? 0;
  }

  /** The accounts that the wallet shows; where it has to be found first, `show` is told how it finds this page. */
  async ask(show: Tell | undefined): Promise<string[]> {
    if (show && !(this.isOurs && this.session())) await this.pair(show);
    const accounts = this.addresses();
    if (!accounts.length) throw new RpcError(show ? 4100 : 4900, away);
    return accounts;
  }

  async request(method: string, params: unknown[]): Promise<unknown> {
    if (method === "eth_accounts") return this.addresses();
    if (method === "eth_chainId") return `0x${this.chain.toString(16)}`;
    if (method === "wallet_switchEthereumChain") return this.switch(Number((params[0] as { chainId: string }).chainId));
    const session = this.session();
    if (!session) throw new RpcError(4900, away);
    const isKnown = Object.values(session.namespaces).some((space) => space.methods.includes(method));
    if (!isKnown) throw new RpcError(4200, "The wallet does not do this.");
    const asked = { topic: session.topic, chainId: `eip155:${this.chain}`, request: { method, params } };
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      this.client
        .request(asked)
        .then(resolve, (error: unknown) => reject(this.session() ? error : new RpcError(4900, away))) // ended meanwhile
        .finally(() => this.waiting.delete(reject));
    });
  }

  private hungUp(): void {
    const why = new RpcError(4900, "The wallet ended the connection.");
    for (const stop of this.waiting) stop(why);
    this.tell("disconnect", why);
  }

  private session(): Session | undefined {
    const lasting = this.client.session.getAll().filter(({ expiry }) => expiry * 1000 > Date.now());
    return lasting.at(-1);
  }

  private accounts(): { chain: number; address: string }[] {
    const named = Object.values(this.session()?.namespaces ?? {}).flatMap(({ accounts }) => accounts);
    const parts = named.map((account) => account.split(":"));
    return parts.flatMap(([kind, chain, address]) =>
      kind === "eip155" && address ? [{ chain: Number(chain), address }] : [],
    );
  }

  private addresses(): string[] {
    return this.accounts().flatMap(({ chain, address }) => (chain === this.chain ? [address] : []));
  }

  /** A session holds for the chains that it was made for; on each the wallet acts as it is asked to. */
  private switch(chain: number): null {
    if (!this.accounts().some((account) => account.chain === chain)) {
      throw new RpcError(4902, "The wallet did not connect for this chain.");
    }
    this.chosen = chain;
    return null;
  }

  /** Find a wallet: who signs in anew may want another, so what was there ends. */
  private async pair(show: Tell): Promise<void> {
    await Promise.allSettled(this.client.session.getAll().map(({ topic }) => this.leave(topic)));
    this.chosen = undefined;
    const eip155 = { chains: this.chains.map((chain) => `eip155:${chain}`), methods, events };
    const { uri, approval } = await this.client.connect({ optionalNamespaces: { eip155 } });
    if (!uri) throw new RpcError(4900, "The relay gave no address.");
    const approved = approval();
    const abandoned = new Promise<never>((_, reject) => {
      const abandon = (): void => {
        reject(new RpcError(4001, "The person chose another wallet."));
        void approved.then(({ topic }) => this.leave(topic)).catch(() => undefined); // scanned all the same
      };
      show("pairing", { uri, code: codeOf(uri), abandon });
    });
    await Promise.race([approved, abandoned]);
    this.isOurs = true;
  }

  private leave = (topic: string): Promise<void> => this.client.disconnect({ topic, reason: left });

  private heard(event: string, data: unknown, chain: string): void {
    if (event === "chainChanged") this.chosen = Number(data) || Number(chain.split(":")[1]);
    this.tell(event, data);
  }
}
