// When a page may show what is no longer so: it comes back from the browser's store of pages (Back after a purchase),
// from a tab that slept, or from a time without a network.
const slept = 20_000; // ms out of sight after which a page is asked anew

const isBack = (): boolean => {
  const [entry] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return entry?.type === "back_forward"; // the browser may have taken it from its cache without asking
};

/** Call `ask` whenever the page may be stale; `long` says that sockets may have died meanwhile. Returns how to stop. */
export function onStale(ask: (long: boolean) => void): () => void {
  let hiddenAt = document.hidden ? Date.now() : 0;
  const onShow = (event: PageTransitionEvent): void => {
    if (event.persisted || isBack()) ask(true);
  };
  const onVisible = (): void => {
    const away = hiddenAt ? Date.now() - hiddenAt : 0;
    hiddenAt = document.hidden ? Date.now() : 0;
    if (!document.hidden && away > 0) ask(away > slept);
  };
  const onOnline = (): void => ask(true);
  window.addEventListener("pageshow", onShow);
  document.addEventListener("visibilitychange", onVisible);
  window.addEventListener("online", onOnline);
  return () => {
    window.removeEventListener("pageshow", onShow);
    document.removeEventListener("visibilitychange", onVisible);
    window.removeEventListener("online", onOnline);
  };
}
