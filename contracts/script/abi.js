#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Writes abi/<Contract>.json, {abi, bytecode}, of each contract that is deployed, from what the compiler makes of src/.
// With --check it writes nothing and fails where a file differs. Either way it fails where the market and the contract that
// writes its terms, by code that runs in the market's storage, do not fit.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { forge } from "./forge.js";

const CONTRACTS = [
  "AccessManager",
  "AccessPass",
  "Anchors",
  "BonusPool",
  "CodeGuard",
  "ContractFactory",
  "DemoDollar",
  "FeeVault",
  "Guardian",
  "InferenceEscrow",
  "LatticeClaim",
  "LatticeDAO",
  "LatticeFaucet",
  "LatticeStaking",
  "LatticeToken",
  "LatticeVesting",
  "ModelMarketplace",
  "ModelSearch",
  "Pricing",
  "ProtocolParameters",
  "Ratings",
  "Registry",
  "RevenueSplitter",
  "Treasury",
  "VoteRelay",
];
const home = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(home, "abi");

function build() {
  execFileSync(forge, ["build", "--skip", "test", "--quiet"], { cwd: home, stdio: ["ignore", "ignore", "inherit"] });
}

function compiled(name) {
  return JSON.parse(readFileSync(join(home, "out", `${name}.sol`, `${name}.json`), "utf8"));
}

/** Return what gives a function that passes its call on, and so names no arguments, those that its interface has. */
function named(contract) {
  return (entry) => {
    if (entry.type !== "function" || entry.inputs.every(({ name }) => name)) return entry;
    const known = existsSync(join(home, "src", "interfaces", `I${contract}.sol`)) ? compiled(`I${contract}`).abi : [];
    const types = ({ inputs }) => inputs.map(({ type }) => type).join();
    return known.find(({ name, type, ...rest }) => type === "function" && name === entry.name && types(rest) === types(entry)) ?? entry;
  };
}

function artifact(name) {
  const { abi, bytecode } = compiled(name);
  if (Object.keys(bytecode.linkReferences).length) throw new Error(`${name} needs a library linked`);
  return `${JSON.stringify({ abi: abi.map(named(name)), bytecode: bytecode.object }, null, 1)}\n`;
}

/** Return the names of the files that are not what the compiler makes, whether changed, missing or too many. */
function differing(wanted) {
  const present = existsSync(folder) ? readdirSync(folder) : [];
  const same = (name) => present.includes(name) && readFileSync(join(folder, name), "utf8") === wanted.get(name);
  return [...new Set([...wanted.keys(), ...present])].filter((name) => !same(name));
}

/** Return what the compiler knows of a contract's storage, without the numbers that differ from one build to the next. */
function layout(name) {
  const { storage, types } = compiled(name).storageLayout;
  const plain = (text) => text.replace(/\(([A-Za-z]+)\)\d+/g, "($1)");
  const members = ({ label, slot, offset, type }) => [label, slot, offset, plain(type)];
  const shapes = Object.entries(types).map(([type, shape]) => [plain(type), (shape.members ?? []).map(members)]);
  return JSON.stringify([storage.map(members), shapes.sort()]);
}

/** Fail unless one's code may run in the other's storage, and each of its functions is reached by the other's name. */
function checkParts(whole, part) {
  if (layout(whole) !== layout(part)) throw new Error(`${part} does not store what ${whole} stores, where it stores it`);
  const known = compiled(whole).methodIdentifiers;
  const lost = Object.keys(compiled(part).methodIdentifiers).filter((signature) => !known[signature]);
  if (lost.length) throw new Error(`${whole} does not pass on ${lost.join(", ")} of ${part}`);
}

build();
checkParts("ModelMarketplace", "MarketTerms");
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
