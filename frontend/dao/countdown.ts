// <time data-left> counts down to its moment by the chain's clock, which <data data-clock> tells: the time of the last
// block in seconds. Between blocks it goes on with this machine's, as a chain's clock does.
const second = 1000;
const lag = 90; // seconds; a last block is always a little old, and its clock is not behind for that

/** Write a stretch of time in its two largest units, as the server does; `units` are days, hours, minutes, seconds. */
export function span(seconds: number, units: readonly string[]): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3600), Math.floor((whole % 3600) / 60)];
  const [days = 0, hours = 0, minutes = 0] = parts;
  const [d, h, min, s] = units;
  if (days) return `${days}\u00a0${d} ${hours}\u00a0${h}`;
  if (hours) return `${hours}\u00a0${h} ${minutes}\u00a0${min}`;
  return minutes ? `${minutes}\u00a0${min}` : `${whole}\u00a0${s}`;
}

/** How far the chain's clock is from this machine's, in seconds: none where it is only a block behind. */
export function offset(chain: number, here: number): number {
  return Math.abs(chain - here) < lag ? 0 : chain - here;
}

let away = 0; // the offset as the page last told it

function told(): void {
  const clock = document.querySelector<HTMLDataElement>("data[data-clock]");
  if (clock) away = offset(Number(clock.value), Date.now() / second);
}

function tick(): void {
  const units = document.querySelector<HTMLElement>("data[data-clock]")?.dataset["units"]?.split(" ") ?? [];
  if (units.length < 4 || document.hidden) return;
  const now = Date.now() / second + away;
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-left]")) {
    const text = span(Date.parse(time.dateTime) / second - now, units);
    if (time.textContent !== text) time.textContent = text;
  }
}

if (document.querySelector("data[data-clock]")) {
  told();
  tick();
  window.setInterval(tick, second);
  document.addEventListener("htmx:after:swap", () => {
    told();
    tick();
  });
}
