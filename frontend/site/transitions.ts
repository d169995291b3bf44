// Between pages (media.css has the browser cross-fade them): the name of the model that is opened goes to its title.
const names = ".name, .name > a";

window.addEventListener("pageswap", (event) => {
  const to = event.activation?.entry.url;
  if (!event.viewTransition || !to || document.querySelector(".model h1.break")) return;
  const path = new URL(to).pathname;
  const link = [...document.querySelectorAll<HTMLAnchorElement>("main a")].find((each) => each.pathname === path);
  const name = link?.matches(names) ? link : link?.querySelector<HTMLElement>(".name");
  if (!name) return;
  name.style.viewTransitionName = "model-title";
  void event.viewTransition.finished.finally(() => name.style.removeProperty("view-transition-name")); // it may be kept
});
