import { strict as assert } from "node:assert";
import { test } from "node:test";
import { inFolder, isSkipped, refusalOf } from "../publish/paths";

const found = (...paths: string[]): { file: File; path: string }[] => paths.map((path) => ({ file: new File([], path), path }));
const paths = (all: { path: string }[]): string[] => all.map((each) => each.path);

test("the folder that was dropped is the model's own", () => {
  assert.deepEqual(paths(inFolder(found("m/config.json", "m/onnx/model.onnx"))), ["config.json", "onnx/model.onnx"]);
});

test("two folders, single files and a package of Core ML keep their names", () => {
  for (const all of [["a/x", "b/y"], ["x", "a/y"], ["m.mlpackage/Manifest.json", "m.mlpackage/Data/x"]]) {
    assert.deepEqual(paths(inFolder(found(...all))), all);
  }
});

test("what git and systems leave behind is left out", () => {
  assert.deepEqual([".git/HEAD", ".gitattributes", "a/.DS_Store", "config.json", "a/git.txt"].map(isSkipped), [true, true, true, false, false]);
});

test("pickles are refused before they are sent", () => {
  const names = ["pytorch_model.bin", "a/Model.PT", "x.pkl", "model.safetensors", "README"];
  assert.deepEqual(names.map((name) => refusalOf(name) !== ""), [true, true, true, false, false]);
});
