// A session is watched while it lasts, by as little as that takes: the wallet's own bundle comes when it has to act.
import { wallet } from "./loader";
import { lastUsed } from "./providers";

/** End the session of this address when the wallet that it began with has another account selected. */
export async function watch(address: string): Promise<void> {
  const used = await lastUsed();
  if (!used) return;
  const look = async (): Promise<void> => {
    // none selected: the wallet is locked, which says nothing about who its person is
    const [selected] = await used.provider.request({ method: "eth_accounts" });
    if (selected && selected.toLowerCase() !== address.toLowerCase()) await (await wallet()).leave(used);
  };
  used.provider.on("accountsChanged", () => void look());
  await look();
}
