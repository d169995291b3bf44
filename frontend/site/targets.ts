/** Return the element that stands in an element's place now: where that was replaced, what came by its id. */
export function standing(element: Element): Element {
  if (element.isConnected || !element.id) return element;
  return document.getElementById(element.id) ?? element;
}
