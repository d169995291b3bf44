import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Follower } from "../playground/follower";

/** A place of 100 px that shows a part of what is `whole` px high. */
function place(): { scroller: HTMLElement; button: HTMLElement; grow: (whole: number) => void; scroll: (top: number) => void } {
  const [scroller, button] = [document.createElement("div"), document.createElement("button")];
  let whole = 100;
  Object.defineProperties(scroller, {
    clientHeight: { value: 100 },
    scrollHeight: { get: () => whole },
    scrollTop: { value: 0, writable: true },
  });
  return {
    scroller,
    button,
    grow: (to) => (whole = to),
    scroll: (top) => {
      scroller.scrollTop = top;
      scroller.dispatchEvent(new Event("scroll"));
    },
  };
}

test("it stays at the newest words until its reader scrolls up, and again once they are back", () => {
  const { scroller, button, grow, scroll } = place();
  const follower = new Follower(scroller, button);
  grow(300);
  follower.grown();
  assert.equal(scroller.scrollTop, 300);
  assert.equal(button.hidden, true);
  scroll(40);
  grow(400);
  follower.grown();
  assert.deepEqual([scroller.scrollTop, button.hidden], [40, false]);
  scroll(290);
  grow(500);
  follower.grown();
  assert.deepEqual([scroller.scrollTop, button.hidden], [500, true]);
});

test("a reader who scrolls up is not taken back by words that come before the event of it", () => {
  const { scroller, button, grow } = place();
  const follower = new Follower(scroller, button);
  grow(300);
  follower.grown();
  scroller.scrollTop = 0;
  grow(320);
  follower.grown();
  assert.deepEqual([scroller.scrollTop, button.hidden], [0, false]);
});

test("a reader who scrolls up a little way near the end is not taken back either", () => {
  const { scroller, button, grow, scroll } = place();
  const follower = new Follower(scroller, button);
  grow(120);
  follower.grown();
  scroll(20);
  scroll(0);
  grow(200);
  follower.grown();
  assert.deepEqual([scroller.scrollTop, button.hidden], [0, false]);
});

test("the button leads to the newest words, and a new question does", () => {
  const { scroller, button, grow, scroll } = place();
  const follower = new Follower(scroller, button);
  grow(300);
  follower.grown();
  scroll(0);
  assert.equal(button.hidden, false);
  button.click();
  assert.deepEqual([scroller.scrollTop, button.hidden], [300, true]);
  scroll(0);
  follower.follow();
  assert.equal(scroller.scrollTop, 300);
});
