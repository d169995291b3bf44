// The demo wallet: the personas' accounts on the demo's own chain, whose keys the chain itself holds. It asks in a
// dialog before it signs or sends, as a real wallet does. It announces itself only where the server says so.
import { announceProvider, type EIP6963ProviderDetail } from "mipd";
import { type Hex, hexToNumber } from "viem";
import { agreed } from "./asking";
import { demoPrefix } from "./providers";
import { get, post, postForPage } from "./server";

interface Persona {
  name: string;
  title: string;
  address: string;
}

interface Request {
  method: string;
  params?: unknown[];
}

class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

const dialog = (): HTMLDialogElement => document.getElementById("demo-wallet") as HTMLDialogElement;

const asksItsPerson = new Set(["personal_sign", "eth_signTypedData_v4", "eth_sendTransaction"]);

/** Ask the person about a request; resolves to whether they agreed. */
function question(method: string, params: unknown[]): Promise<boolean> {
  const asked = dialog();
  if (asked.open) throw new RpcError(-32002, "A request is already open.");
  const url = asked.dataset["url"] ?? "";
  return agreed(asked, (age) => postForPage(url, JSON.stringify({ method, params, age })));
}

class DemoProvider {
  constructor(private readonly persona: Persona) {}

  on(): void {} // it never changes its account or its chain
  removeListener(): void {}

  async request({ method, params = [] }: Request): Promise<unknown> {
    if (method === "eth_requestAccounts" || method === "eth_accounts") return [this.persona.address];
    if (method === "wallet_switchEthereumChain") return this.switch((params[0] as { chainId: Hex }).chainId);
    // no batch either: the node makes one transaction a call, so several would not be all or nothing
    if (method.startsWith("wallet_")) throw new RpcError(4200, "The demo wallet does not do this.");
    if (asksItsPerson.has(method) && !(await question(method, params))) throw new RpcError(4001, "The person declined.");
    return this.ask(method, params);
  }

  private async switch(wanted: Hex): Promise<null> {
    const here = (await this.ask("eth_chainId", [])) as Hex;
    if (hexToNumber(here) !== hexToNumber(wanted)) throw new RpcError(4902, "The demo wallet has one chain.");
    return null;
  }

  private async ask(method: string, params: unknown[]): Promise<unknown> {
    const answer = await post<{ result?: unknown; error?: { code: number; message: string; data?: unknown } }>(
      "/demo/rpc",
      JSON.stringify({ method, params }),
    );
    if (answer.error) throw new RpcError(answer.error.code, answer.error.message, answer.error.data);
    return answer.result;
  }
}

const icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/%3E";

let announced: Promise<void> | undefined;

/** Announce one wallet a persona, after those of the browser. Without effect outside the demo. */
export function announceDemoWallets(): Promise<void> {
  return (announced ??= announce().catch((error: unknown) => {
    announced = undefined;
    throw error;
  }));
}

async function announce(): Promise<void> {
  const address = document.querySelector<HTMLMetaElement>('meta[name="demo-wallet"]')?.content;
  if (!address) return;
  const { wallets } = await get<{ wallets: Persona[] }>(address);
  for (const persona of wallets) {
    const info = { uuid: crypto.randomUUID(), name: persona.title, icon, rdns: demoPrefix + persona.name };
    announceProvider({ info, provider: new DemoProvider(persona) } as unknown as EIP6963ProviderDetail);
  }
}
