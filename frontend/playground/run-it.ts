// Whoever comes to the playground by a link wants to write there: "Run it", here or on an order's page.
const place = "#playground";
const fields = "#playground :is(textarea, input:not([type=hidden]))";

function write(): void {
  const field = document.querySelector<HTMLElement>(fields);
  field?.scrollIntoView({ block: "center" });
  field?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>(`a[href$="${place}"]:not(.tabs a)`);
  if (!link || event.defaultPrevented || link.pathname !== location.pathname) return;
  event.preventDefault();
  history.replaceState(history.state, "", place);
  write();
});

if (location.hash === place) write();
// A form is asked for once the page is there.
document.addEventListener(
  "htmx:after:swap",
  () => {
    if (location.hash === place && document.querySelector(fields) && document.activeElement === document.body) write();
  },
);
