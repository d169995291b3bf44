// Who ran something stands on its button, which is gone with the old form: they go on at what came of it.
let hasRun = false;

/** Somebody ran it: the next answer takes their focus, unless they have gone elsewhere. */
export function run(): void {
  hasRun = true;
}

/** Something was put into the page. Of an answer that is still to come, the one that follows is waited for as well. */
export function arrive(): void {
  if (!hasRun || (document.activeElement && document.activeElement !== document.body)) return;
  // What is wrong may stand within the answer, whose section takes no focus then.
  const wrong = document.querySelector<HTMLElement>("#playground :is([aria-invalid=true], .error-line)");
  const there = wrong ?? document.querySelector<HTMLElement>("#answer");
  if (!there) return;
  there.focus();
  hasRun = there.getAttribute("aria-busy") === "true";
}
