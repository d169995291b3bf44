// Who is signed in, and how that begins and ends.
import { createClient, custom, getAddress, type Address, type Client } from "viem";
import { requestAddresses, signMessage } from "viem/actions";
import { ensureChain } from "./chains";
import { WalletError } from "./errors";
import { remember, type Wallet } from "./providers";
import { forgetToken, post } from "./server";

export interface Account {
  address: Address;
  chainId: number; // that the sign-in was shown on
}

let current: Account | null | undefined; // undefined: as the page says

/** The signed-in account, or null. */
export function currentAccount(): Account | null {
  if (current !== undefined) return current;
  const meta = document.querySelector<HTMLMetaElement>('meta[name="account"]');
  return meta ? { address: getAddress(meta.content), chainId: Number(meta.dataset["chain"]) } : null;
}

// A wallet asks its person: nothing is asked a second time by itself.
export const clientOf = (wallet: Wallet): Client =>
  createClient({ transport: custom(wallet.provider, { retryCount: 0 }) });

/** Sign in with a wallet; `step` hears 0 when the wallet is opened, 1 when it is asked to sign, 2 when all is done. */
export async function signIn(wallet: Wallet, step: (number: number) => void): Promise<Account> {
  step(0);
  const client = clientOf(wallet);
  const [address] = await requestAddresses(client);
  if (!address) throw new WalletError("no-account");
  const chain = await ensureChain(client);
  const fields = { address, chain_id: String(chain.id) };
  const { message } = await post<{ message: string }>("/sign-in/nonce", fields);
  step(1);
  const signature = await signMessage(client, { account: address, message });
  await post("/sign-in", { message, signature });
  forgetToken();
  remember(wallet);
  step(2);
  current = { address, chainId: chain.id };
  return current;
}

export async function signOut(): Promise<void> {
  await post("/sign-out");
  forgetToken();
  current = null;
}

const held = new Set<Promise<unknown>>();

/** Let the session last as long as the work: what a wallet answers for an account is to be noted under it. */
export function holding<Result>(work: Promise<Result>): Promise<Result> {
  held.add(work);
  return work.finally(() => held.delete(work));
}

const tell = (name: string): unknown => document.dispatchEvent(new CustomEvent(`wallet:${name}`));

/** End the session if a wallet has another account selected, as soon as nothing is held that the first has to answer. */
export async function leave(wallet: Wallet): Promise<void> {
  const [selected] = await wallet.provider.request({ method: "eth_accounts" });
  const account = currentAccount();
  if (!account || !selected || getAddress(selected) === account.address) return;
  if (held.size) {
    tell("other-account");
    await Promise.allSettled(held);
    return leave(wallet); // they may have changed it back
  }
  await signOut().catch(() => undefined); // another tab was first, and somebody else may be signed in by now
  sessionStorage.setItem("session-ended", "yes"); // told after the reload
  location.reload();
}
