#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Writes abi/<Contract>.json, {abi, bytecode}, of each contract that is deployed, from what the compiler makes of src/.
// With --check it writes nothing and fails where a file differs.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { forge } from "./forge.js";

const CONTRACTS = [
  "AccessManager",
  "AccessPass",
  "ContractFactory",
  "DemoDollar",
  "InferenceEscrow",
  "ModelMarketplace",
  "ModelSearch",
  "Pricing",
  "ProtocolParameters",
  "Ratings",
  "Registry",
  "RevenueSplitter",
];
const home = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(home, "abi");

function build() {
  execFileSync(forge, ["build", "--skip", "test", "--quiet"], { cwd: home, stdio: ["ignore", "ignore", "inherit"] });
}

function artifact(name) {
  const { abi, bytecode } = JSON.parse(readFileSync(join(home, "out", `${name}.sol`, `${name}.json`), "utf8"));
  if (Object.keys(bytecode.linkReferences).length) throw new Error(`${name} needs a library linked`);
  return `${JSON.stringify({ abi, bytecode: bytecode.object }, null, 1)}\n`;
}

/** Return the names of the files that are not what the compiler makes, whether changed, missing or too many. */
function differing(wanted) {
  const present = existsSync(folder) ? readdirSync(folder) : [];
  const same = (name) => present.includes(name) && readFileSync(join(folder, name), "utf8") === wanted.get(name);
  return [...new Set([...wanted.keys(), ...present])].filter((name) => !same(name));
}

build();
const wanted = new Map(CONTRACTS.map((name) => [`${name}.json`, artifact(name)]));
const stale = differing(wanted);
if (process.argv.includes("--check")) {
  if (stale.length) {
    console.error(`contracts/abi differs from the compiler's output: ${stale.join(", ")}. Run: npm run abi`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of stale) {
    if (wanted.has(name)) writeFileSync(join(folder, name), wanted.get(name));
    else rmSync(join(folder, name));
  }
}
