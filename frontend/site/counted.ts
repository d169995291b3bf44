// How many characters a text field still takes: said in the element that [data-counts] names by its id, while one writes.
document.addEventListener("input", ({ target }) => {
  if (!(target instanceof HTMLTextAreaElement) || !target.dataset["counts"]) return;
  const place = document.getElementById(target.dataset["counts"]);
  if (place) place.textContent = String(target.maxLength - target.value.length);
});
