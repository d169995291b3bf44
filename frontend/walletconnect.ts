// A wallet on another device, by WalletConnect: a bundle of its own, which wallet/remote.ts loads. Nothing is asked of
// any host but the relay: neither the maker's statistics nor its frame that vouches for sites.
import { Core } from "@walletconnect/core";
import { SignClient } from "@walletconnect/sign-client";
import { Line, type Tell } from "./walletconnect/line";

export interface Options {
  project: string;
  relay: string;
  icon: string; // its path
  chains: number[];
  tell: Tell;
}

export async function open({ project, relay, icon, chains, tell }: Options): Promise<Line> {
  const core = new Core({ projectId: project, relayUrl: relay, telemetryEnabled: false, logger: "silent" });
  core.verify.register = () => Promise.resolve("");
  core.verify.resolve = () => Promise.resolve({ origin: "" });
  const { origin } = location;
  const metadata = { name: "Citrate", description: document.title, url: origin, icons: [origin + icon] };
  return new Line(await SignClient.init({ core, metadata, logger: "silent" }), chains, tell);
}
