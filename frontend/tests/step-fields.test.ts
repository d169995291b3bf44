import { strict as assert } from "node:assert";
import { test } from "node:test";
import { changed, put, said } from "../publish/fields";

function form(html: string): HTMLFormElement {
  document.body.innerHTML = `<form>${html}</form>`;
  return document.querySelector("form") as HTMLFormElement;
}

const STEP = `
  <input name="csrfmiddlewaretoken" value="secret"><input name="was-name" data-was value="old"><input name="name" value="tiny">
  <input type="radio" name="mode" value="open" checked><input type="radio" name="mode" value="gated">
  <input type="checkbox" name="resale" value="yes">
  <div data-field="splits"><p data-row><input name="recipient" value="0x1"><input name="percent" value="10"></p>
  <p data-row><input name="recipient"><input name="percent"></p></div>`;

test("a step says its fields, rows as one of them, and nothing else", () => {
  assert.deepEqual([...said(form(STEP))], [["splits", "0x1 10"], ["name", "tiny"], ["mode", "open"], ["resale", ""]]);
});

test("only what is otherwise than it was is new", () => {
  const step = form(STEP);
  const base = said(step);
  put(step, "name", "tiny-fr");
  put(step, "mode", "gated");
  assert.deepEqual([...changed(said(step), base)], [["name", "tiny-fr"], ["mode", "gated"]]);
});

test("rows take as many lines as come", () => {
  const step = form(STEP);
  put(step, "splits", "0xa 1\n0xb 2\n0xc 3");
  assert.equal(said(step).get("splits"), "0xa 1\n0xb 2\n0xc 3");
  put(step, "splits", "");
  assert.equal(said(step).get("splits"), "");
});
