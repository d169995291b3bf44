// The form of a model that takes pictures or sound: shows what was chosen, records, and sends what the model reads.
import { arrive, run } from "./arrival";
import { asWav } from "./wav";

const mostSeconds = 119;
const mostBytes = 3_500_000;
const mostSide = 2_000;
const again = 3_000; // ms, while the engines start
const mostTries = 40;
let tries = 0;

// A form that comes back with its answer comes without its files: only a script can put them there again.
const kept = new Map<string, File>();
const nameOf = (input: HTMLInputElement): string => `${location.pathname} ${input.id}`;

function give(input: HTMLInputElement, file: File): void {
  const chosen = new DataTransfer();
  chosen.items.add(file);
  input.files = chosen.files;
  kept.set(nameOf(input), file);
}

function draw(canvas: HTMLCanvasElement, picture: ImageBitmap, side: number): void {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
}

/** One field with its file. */
class Chosen {
  private readonly url: string[] = [];
  private recorder: MediaRecorder | null = null;

  constructor(
    private readonly form: SenseForm,
    private readonly input: HTMLInputElement,
    private readonly place: HTMLElement,
  ) {
    place.hidden = false;
    input.addEventListener("change", () => void this.take());
    const mic = this.part("mic", HTMLButtonElement);
    if (mic && "MediaRecorder" in window && navigator.mediaDevices) {
      mic.hidden = false;
      mic.addEventListener("click", () => void this.record(mic));
    }
    const before = kept.get(nameOf(input));
    if (!before || input.files?.length) return;
    give(input, before);
    if (input.dataset["kind"] === "sound") this.play(before);
    else this.look(before).catch(() => undefined); // that it cannot be read was said before
  }

  private part<E extends HTMLElement>(name: string, kind: new () => E): E | null {
    const found = this.place.querySelector(`[data-${name}]`);
    return found instanceof kind ? found : null;
  }

  private say(trouble: string): void {
    const line = this.part("trouble", HTMLElement);
    if (!line) return;
    line.textContent = trouble;
    line.hidden = !trouble;
  }

  private async take(): Promise<void> {
    const file = this.input.files?.[0];
    this.say("");
    this.clear();
    kept.delete(nameOf(this.input));
    if (!file) return;
    kept.set(nameOf(this.input), file);
    try {
      await (this.input.dataset["kind"] === "sound" ? this.hear(file) : this.look(file));
    } catch {
      this.say(this.form.dataset["unread"] ?? "");
    }
  }

  private async hear(sound: Blob): Promise<void> {
    const wav = await asWav(sound, mostSeconds);
    give(this.input, new File([wav], "sound.wav", { type: wav.type }));
    this.play(wav);
  }

  /** Show nothing of a file that is not the chosen one any more. */
  private clear(): void {
    for (const each of this.place.querySelectorAll<HTMLElement>("[data-player], [data-picture]")) each.hidden = true;
    sent = null;
  }

  private play(sound: Blob): void {
    const player = this.part("player", HTMLAudioElement);
    if (!player) return;
    for (const each of this.url.splice(0)) URL.revokeObjectURL(each);
    player.src = URL.createObjectURL(sound);
    this.url.push(player.src);
    player.hidden = false;
  }

  private async look(file: File): Promise<void> {
    const canvas = this.part("picture", HTMLCanvasElement);
    if (!canvas) return;
    const picture = await createImageBitmap(file);
    // A photograph of a phone is larger than any model looks at.
    if (file.size > mostBytes || Math.max(picture.width, picture.height) > mostSide) {
      draw(canvas, picture, mostSide);
      const smaller = await new Promise<Blob | null>((done) => {
        canvas.toBlob(done, "image/jpeg", 0.9);
      });
      if (smaller) give(this.input, new File([smaller], "picture.jpg", { type: smaller.type }));
    }
    sent = picture;
    draw(canvas, picture, 640);
    canvas.hidden = false;
  }

  private async record(mic: HTMLButtonElement): Promise<void> {
    if (this.recorder) {
      this.recorder.stop();
      return;
    }
    this.say("");
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      this.say(this.form.dataset["refused"] ?? "");
      return;
    }
    this.listen(mic, stream);
  }

  private listen(mic: HTMLButtonElement, stream: MediaStream): void {
    const pieces: Blob[] = [];
    const recorder = new MediaRecorder(stream);
    const word = mic.querySelector("[data-word]");
    const clock = this.part("clock", HTMLElement);
    const began = Date.now();
    const ticking = window.setInterval(() => {
      const seconds = Math.floor((Date.now() - began) / 1000);
      if (clock) clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      if (seconds >= mostSeconds) recorder.stop();
    }, 250);
    const show = (on: boolean): void => {
      mic.toggleAttribute("data-on", on);
      if (word) word.textContent = (on ? this.form.dataset["recording"] : this.form.dataset["record"]) ?? "";
      if (clock) clock.hidden = !on;
    };
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      window.clearInterval(ticking);
      for (const track of stream.getTracks()) track.stop();
      this.recorder = null;
      show(false);
      this.hear(new Blob(pieces, { type: recorder.mimeType })).catch(() => {
        this.say(this.form.dataset["unread"] ?? "");
      });
    });
    this.recorder = recorder;
    recorder.start();
    show(true);
  }
}

// Boxes are drawn over the picture that was sent: it is still here, and never comes back from the server.
let sent: ImageBitmap | null = null;

function underlay(): void {
  const canvas = document.querySelector<HTMLCanvasElement>("[data-over-picture] [data-under][hidden]");
  if (!canvas || !sent) return;
  draw(canvas, sent, 1_280);
  canvas.hidden = false;
}

document.addEventListener("htmx:after:swap", () => {
  underlay();
  arrive();
});

class SenseForm extends HTMLElement {
  private readonly chosen: Chosen[] = [];
  private waits = 0;

  disconnectedCallback(): void {
    clearTimeout(this.waits);
  }

  /** Where the engines have not started yet, wait for them as a conversation does. */
  private askAgain(): void {
    if (!this.hasAttribute("data-warming")) {
      tries = 0;
      return;
    }
    tries += 1;
    if (tries > mostTries) return;
    this.parentElement?.querySelector("[data-again]")?.removeAttribute("hidden");
    this.waits = window.setTimeout(() => this.querySelector("form")?.requestSubmit(), again);
  }

  connectedCallback(): void {
    if (this.chosen.length > 0) return;
    this.addEventListener("submit", () => {
      run();
      clearTimeout(this.waits);
    });
    this.addEventListener("input", () => clearTimeout(this.waits));
    for (const place of this.querySelectorAll<HTMLElement>("[data-for]")) {
      const input = this.querySelector<HTMLInputElement>(`#${CSS.escape(place.dataset["for"] ?? "")}`);
      if (input) this.chosen.push(new Chosen(this, input, place));
    }
    this.askAgain();
  }
}

customElements.define("sense-form", SenseForm);
