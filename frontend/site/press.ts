// Whether a person is pressing something: a press becomes a click only if it ends on what it began on.
const longest = 3000; // ms after which a press is no click, or has ended outside of the window
const late = 100; // ms by which the click of a finger may follow its end

let pressed = Promise.resolve();
let release = (): void => undefined;

const listen = (name: string, heard: () => void): void => document.addEventListener(name, heard, { capture: true });
listen("pointerdown", begin);
listen("pointerup", () => end(late));
listen("click", () => end(0)); // after it has done what it does
listen("pointercancel", () => end(0));

function begin(): void {
  release();
  pressed = new Promise((resolve) => (release = resolve));
  end(longest);
}

function end(after: number): void {
  setTimeout(release, after);
}

/** Wait until nothing is pressed; at most three seconds. */
export const released = (): Promise<void> => pressed;
