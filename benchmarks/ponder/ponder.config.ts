// The peer of benchmarks/indexer.py: the same chain, the same events, the same database server.
import { readFileSync } from "node:fs";
import { createConfig } from "ponder";
import type { Abi } from "viem";

const given = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
};
const abi = (name: string): Abi => JSON.parse(readFileSync(`../../contracts/abi/${name}.json`, "utf8")).abi;
const range = { startBlock: Number(given("FIRST_BLOCK")), endBlock: Number(given("LAST_BLOCK")) };

export default createConfig({
  database: { kind: "postgres", connectionString: given("PONDER_DATABASE") },
  chains: { anvil: { id: 31337, rpc: given("PONDER_RPC"), disableCache: true } },
  contracts: {
    ModelMarketplace: { chain: "anvil", abi: abi("ModelMarketplace"), address: given("MARKET") as `0x${string}`, ...range },
    AccessPass: { chain: "anvil", abi: abi("AccessPass"), address: given("PASSES") as `0x${string}`, ...range },
  },
});
