// The script of the publishing wizard: it keeps what is typed.
import "./publish/draft-form";

/** On a phone the steps are a line that scrolls: the one that is open is to be seen, and the page stays where it is. */
function showOpenStep(): void {
  const open = document.querySelector<HTMLElement>("#rail [aria-current]");
  const line = open?.closest<HTMLElement>("ol");
  if (!open || !line) return;
  const [step, all] = [open.getBoundingClientRect(), line.getBoundingClientRect()];
  line.scrollLeft += step.left - all.left - (all.width - step.width) / 2;
}

showOpenStep();
document.addEventListener("htmx:after:swap", showOpenStep); // each save brings the steps anew
