#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Changes the contracts in one place at a time, and looks whether a test fails. In a copy of this folder: the changed contract
// is compiled alone, its bytecode takes the place of the true one among forge's artifacts, from which the tests deploy, and the
// tests run without being compiled again. Prints what no test noticed. A survivor with a reason in mutants.json is not
// printed; a reason whose mutant is not in the source any more is an error.
//
//   node script/mutate.js [--minutes 60] [--seed 1] [--only InferenceEscrow.sol,dao/FeeVault.sol]
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { forge } from "./forge.js";

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const solc = createRequire(import.meta.url)("solc");
const { values: asked } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
// The quick tests first: most mutants fall there. What outlives them meets the long histories.
const TESTS = [
  ["--no-match-contract", "Gas|Invariants|Fuzz|HandlerTest"],
  ["--match-contract", "Fuzz"],
];
const SWAPS = [
  [/ < /g, " <= "], [/ <= /g, " < "], [/ > /g, " >= "], [/ >= /g, " > "], [/ == /g, " != "], [/ != /g, " == "],
  [/ \+ /g, " - "], [/ - /g, " + "], [/ \* /g, " / "], [/ \/ /g, " * "], [/ \+= /g, " -= "], [/ -= /g, " += "],
  [/ && /g, " || "], [/ \|\| /g, " && "], [/\+\+/g, "--"], [/--/g, "++"], [/\btrue\b/g, "false"], [/\bfalse\b/g, "true"],
]; // prettier-ignore
const WHOLE = /^\s+(?!return|revert|emit|error|event|using|mapping|.*constant|\((address|bool|bytes|u?int|I[A-Z]))[\w.[\]()]+[^{}]*;$/;
const GUARD = /^(\s+)if \(.*\) revert .*;$/;

/** Yield the mutants of a file: the line's number, the line as it is and as it becomes. */
function* mutants(text) {
  let inAssembly = false;
  for (const [place, line] of text.split("\n").entries()) {
    if (/assembly \(/.test(line)) inAssembly = true;
    else if (inAssembly && /^ {8}\}/.test(line)) inAssembly = false;
    if (inAssembly || /^\s*(\/\/|\/\*|\*|import|pragma|interface|event|error|contract|abstract)/.test(line)) continue;
    const code = line.split(" //")[0];
    for (const [from, to] of SWAPS) {
      for (const { index, 0: found } of code.matchAll(from)) {
        yield [place, line, line.slice(0, index) + to + line.slice(index + found.length)];
      }
    }
    if (GUARD.test(code)) yield [place, line, line.replace(GUARD, "$1")];
    else if (WHOLE.test(code) && / = |\(/.test(code) && !/^\s+[\w.]+(\[\])? (memory |storage |calldata )?\w+( = |;)/.test(code)) {
      yield [place, line, ""];
    }
  }
}

/** Return every source file below src/, by its path there. */
function sources() {
  const names = readdirSync(join(home, "src"), { recursive: true }).filter((name) => name.endsWith(".sol"));
  return new Map(names.map((name) => [name, readFileSync(join(home, "src", name), "utf8")]));
}

/** Return the files of the contracts that are deployed and that this file's is a part of, or that deploy such a one. */
function holders(name, all) {
  const made = (file) => /^contract \w+/m.test(all.get(file)) && !file.startsWith("interfaces/");
  const found = [...all.keys()].filter((file) => made(file) && inherits(file, name, all));
  const deploys = (text) => found.some((file) => new RegExp(`new ${contractOf(file)}\\(`).test(text));
  const deployers = [...all.keys()].filter((file) => deploys(all.get(file)));
  return [...new Set([...found, ...deployers.flatMap((file) => holders(file, all))])];
}

function contractOf(file) {
  return file.split("/").at(-1).replace(".sol", "");
}

/** Whether a file's contract is, or is built on, the contract of another; who only calls it is not changed with it. */
function inherits(file, name, all) {
  if (file === name) return true;
  const library = all.get(name).match(/^library (\w+)/m)?.[1];
  if (library && new RegExp(`\\b${library}\\.`).test(all.get(file))) return true;
  const [, parents = ""] = all.get(file).match(/^(?:abstract )?contract \w+\s+is\s+([^{]+)\{/m) ?? [];
  return [...all.keys()].some(
    (other) => new RegExp(`\\b${contractOf(other)}\\b`).test(parents) && inherits(other, name, all),
  );
}

/** Compile these contracts with one file changed; return their bytecode by name, or nothing where it does not compile. */
function compile(names, changed, text) {
  const read = (path) => {
    const file = path.startsWith("@openzeppelin/") ? join(home, "node_modules", path) : join(home, path);
    return { contents: path === `src/${changed}` ? text : readFileSync(file, "utf8") };
  };
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(names.map((name) => [`src/${name}`, { content: read(`src/${name}`).contents }])),
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 200 },
      metadata: { bytecodeHash: "none", appendCBOR: false },
      outputSelection: Object.fromEntries(
        names.map((name) => [`src/${name}`, { [contractOf(name)]: ["evm.bytecode.object"] }]),
      ),
    },
  };
  const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
  if (errors.some(({ severity }) => severity === "error")) return undefined;
  return new Map(names.map((name) => [contractOf(name), contracts[`src/${name}`][contractOf(name)].evm.bytecode.object]));
}

/** Whether a test fails with these bytecodes in place of the true ones. */
function isCaught(copy, bytecodes) {
  const places = [...bytecodes.keys()].map((name) => join(copy, "out", `${name}.sol`, `${name}.json`));
  const kept = places.map((place) => readFileSync(place, "utf8"));
  [...bytecodes.values()].forEach((object, at) => {
    const artifact = JSON.parse(kept[at]);
    artifact.bytecode.object = `0x${object}`;
    writeFileSync(places[at], JSON.stringify(artifact));
  });
  try {
    return TESTS.some((chosen) => spawnSync(forge, ["test", "--fail-fast", ...chosen], { cwd: copy }).status !== 0);
  } finally {
    places.forEach((place, at) => writeFileSync(place, kept[at]));
  }
}

/** Bring a list into an order that the seed decides. */
function shuffle(list, seed) {
  let state = Number(seed) || 1;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return list.map((each) => [next(), each]).sort(([left], [right]) => left - right).map(([, each]) => each);
}

const all = sources();
const known = JSON.parse(readFileSync(join(home, "script", "mutants.json"), "utf8"));
const chosen = asked.only ? asked.only.split(",") : [...all.keys()].filter((name) => !/^(interfaces|offchain)\//.test(name));
const every = chosen.flatMap((name) => [...mutants(all.get(name))].map((mutant) => [name, ...mutant]));
const key = (name, was, is) => `${name}: ${was.trim()} -> ${is.trim()}`;
const stale = Object.keys(known).filter((each) => !asked.only && !every.some(([name, , was, is]) => key(name, was, is) === each));
if (stale.length) throw new Error(`mutants.json explains what is not there: ${stale.join("; ")}`);

execFileSync(forge, ["build"], { cwd: home, stdio: "inherit" });
const COPIED = { recursive: true, preserveTimestamps: true };
const copy = mkdtempSync(join(tmpdir(), "mutants-"));
process.on("exit", () => rmSync(copy, { recursive: true }));
for (const name of ["src", "test", "script", "out", "cache", "foundry.toml", "package.json", "genesis.json"]) {
  cpSync(join(home, name), join(copy, name), COPIED);
}
// What is compiled has to lie in the copy itself, for forge to know it again; the tools may lie where they are.
mkdirSync(join(copy, "node_modules"));
for (const name of readdirSync(join(home, "node_modules"))) {
  if (name === "@openzeppelin") cpSync(join(home, "node_modules", name), join(copy, "node_modules", name), COPIED);
  else symlinkSync(join(home, "node_modules", name), join(copy, "node_modules", name));
}
for (const [name, object] of compile(holders(chosen[0], all), chosen[0], all.get(chosen[0]))) {
  const { bytecode } = JSON.parse(readFileSync(join(copy, "out", `${name}.sol`, `${name}.json`), "utf8"));
  if (bytecode.object !== `0x${object}`) throw new Error(`${name} is compiled here otherwise than by forge`);
}
if (isCaught(copy, new Map())) throw new Error("the tests fail as they stand");

const end = Date.now() + Number(asked.minutes) * 60_000;
const count = { caught: 0, survived: 0, explained: 0, invalid: 0 };
for (const [name, place, was, is] of shuffle(every, asked.seed)) {
  if (Date.now() > end) break;
  const lines = all.get(name).split("\n");
  lines[place] = is;
  if (known[key(name, was, is)]) {
    ++count.explained;
    continue;
  }
  const bytecodes = compile(holders(name, all), name, lines.join("\n"));
  if (bytecodes === undefined) ++count.invalid;
  else if (isCaught(copy, bytecodes)) ++count.caught;
  else {
    ++count.survived;
    console.log(`SURVIVED line ${place + 1} of ${key(name, was, is)}`);
  }
}
console.log(`${every.length} mutants: ${count.caught} caught, ${count.survived} survived, ${count.explained} explained, ${count.invalid} do not compile`);
process.exitCode = count.survived ? 1 : 0;
