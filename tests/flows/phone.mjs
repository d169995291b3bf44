// The half of a phone's wallet that speaks WalletConnect, by its maker's own client. What happens is written as a line
// of JSON each; what its person does is read the same way. Keys and money are the test's: phone.py.
import { createInterface } from "node:readline";
import { Core } from "@walletconnect/core";
import { SignClient } from "@walletconnect/sign-client";

const [relayUrl, projectId] = process.argv.slice(2);
const tell = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);

const core = new Core({ relayUrl, projectId, telemetryEnabled: false, logger: "silent" });
core.verify.resolve = () => Promise.resolve(undefined);
const metadata = { name: "Phone", description: "", url: "https://phone.example", icons: [] };
const client = await SignClient.init({ core, metadata, logger: "silent" });
client.on("session_proposal", ({ id, params }) => tell({ is: "proposal", id, from: params.proposer.metadata, ...params.optionalNamespaces.eip155 }));
client.on("session_request", ({ id, topic, params }) => tell({ is: "request", id, topic, chain: params.chainId, ...params.request }));
client.on("session_delete", ({ topic }) => tell({ is: "ended", topic }));

const acts = {
  pair: ({ uri }) => core.pairing.pair({ uri }),
  approve: async ({ id, accounts, methods }) => {
    const { topic, acknowledged } = await client.approve({ id, namespaces: { eip155: { accounts, methods, events: ["accountsChanged"] } } });
    await acknowledged();
    tell({ is: "session", topic });
  },
  reject: ({ id }) => client.reject({ id, reason: { code: 5000, message: "User rejected." } }),
  answer: ({ id, topic, ...answer }) => client.respond({ topic, response: { id, jsonrpc: "2.0", ...answer } }),
  leave: ({ topic }) => client.disconnect({ topic, reason: { code: 6000, message: "User disconnected." } }),
};

tell({ is: "ready" });
for await (const line of createInterface({ input: process.stdin })) {
  const { act, ...given } = JSON.parse(line);
  await acts[act](given).catch((error) => tell({ is: "failed", act, message: String(error) }));
}
process.exit(0);
