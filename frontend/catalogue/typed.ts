// Enter asks for what was typed, and the page before it stays behind Back. The question that waits for a pause in the
// typing would take its place when the answer is slow, and replace that page.
let isAsked = false; // whether Enter has asked for what stands in the field

const isSearch = (each: EventTarget | null): boolean => each instanceof HTMLElement && each.id === "search";

document.addEventListener("input", (event) => (isAsked &&= !isSearch(event.target)));
document.addEventListener("submit", (event) => (isAsked ||= event.target instanceof HTMLFormElement && event.target.id === "catalogue"), true);
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement } = (event as CustomEvent<{ ctx: { sourceElement: Element } }>).detail.ctx;
  if (isAsked && isSearch(sourceElement)) event.preventDefault();
});
