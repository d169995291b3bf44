// The chain that the wallet is on, and how it gets to the one that is needed.
import { type Client, numberToHex } from "viem";
import { getChainId } from "viem/actions";
import { isUnknownChain, WalletError } from "./errors";
import { type Chain, start } from "./server";

/** Ask the wallet to switch to the chain, and to add it where it does not know it. */
export async function switchTo(client: Client, chain: Chain): Promise<void> {
  const request = { method: "wallet_switchEthereumChain", params: [{ chainId: numberToHex(chain.id) }] };
  try {
    await client.request(request as never);
  } catch (error) {
    if (!isUnknownChain(error) || !chain.rpc_urls.length) throw error;
    await client.request({ method: "wallet_addEthereumChain", params: [described(chain)] } as never);
    await client.request(request as never);
  }
  if ((await getChainId(client)) !== chain.id) throw new WalletError("wrong-chain");
}

/** Be on the chain with this id, or on any that the server knows; returns the one that the wallet then is on. */
export async function ensureChain(client: Client, wanted?: number): Promise<Chain> {
  const { chains } = await start();
  const here = await getChainId(client);
  const current = chains.find((chain) => chain.id === here);
  if (current && (wanted ?? here) === here) return current;
  const goal = chains.find((chain) => chain.id === wanted) ?? (wanted === undefined ? chains[0] : undefined);
  if (!goal) throw new WalletError("wrong-chain");
  await switchTo(client, goal);
  return goal;
}

function described(chain: Chain): object {
  return {
    chainId: numberToHex(chain.id),
    chainName: chain.name,
    nativeCurrency: { name: chain.coin, symbol: chain.coin, decimals: 18 },
    rpcUrls: chain.rpc_urls,
    ...(chain.explorer && { blockExplorerUrls: [chain.explorer] }),
  };
}
