// Between pages: the name of the model that is opened becomes its title. Every other change of page is at once.
const names = ".name, .name > a";

/** The name on this page of what stands at an address. */
function nameOf(url: string): HTMLElement | null | undefined {
  const path = new URL(url).pathname;
  const link = [...document.querySelectorAll<HTMLAnchorElement>("main a")].find((each) => each.pathname === path);
  return link?.matches(names) ? link : link?.querySelector<HTMLElement>(".name");
}

window.addEventListener("pageswap", (event) => {
  const transition = event.viewTransition;
  if (!transition) return;
  const to = event.activation?.entry.url;
  const isModel = document.querySelector(".model h1.break") !== null;
  const name = to && !isModel && /^\/models\/[^/]+\/[^/]+$/.test(new URL(to).pathname) ? nameOf(to) : undefined;
  if (!name) return transition.skipTransition();
  name.style.viewTransitionName = "model-title";
  void transition.finished.finally(() => name.style.removeProperty("view-transition-name")); // it may be kept
});
