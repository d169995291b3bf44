// The form of a model that takes pictures or sound: shows what was chosen, records, and sends what the model reads.
import { asWav } from "./wav";

const mostSeconds = 119;
const mostBytes = 3_500_000;
const mostSide = 2_000;

function give(input: HTMLInputElement, file: Blob, name: string): void {
  const chosen = new DataTransfer();
  chosen.items.add(new File([file], name, { type: file.type }));
  input.files = chosen.files;
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
    const mic = this.part<HTMLButtonElement>("mic");
    if (mic && "MediaRecorder" in window && navigator.mediaDevices) {
      mic.hidden = false;
      mic.addEventListener("click", () => void this.record(mic));
    }
  }

  private part<T extends HTMLElement>(name: string): T | null {
    return this.place.querySelector<T>(`[data-${name}]`);
  }

  private say(trouble: string): void {
    const line = this.part("trouble");
    if (!line) return;
    line.textContent = trouble;
    line.hidden = !trouble;
  }

  private async take(): Promise<void> {
    const file = this.input.files?.[0];
    this.say("");
    if (!file) return;
    try {
      await (this.input.dataset["kind"] === "sound" ? this.hear(file) : this.look(file));
    } catch {
      this.say(this.form.dataset["unread"] ?? "");
    }
  }

  private async hear(sound: Blob): Promise<void> {
    const wav = await asWav(sound, mostSeconds);
    give(this.input, wav, "sound.wav");
    const player = this.part<HTMLAudioElement>("player");
    if (!player) return;
    for (const each of this.url.splice(0)) URL.revokeObjectURL(each);
    player.src = URL.createObjectURL(wav);
    this.url.push(player.src);
    player.hidden = false;
  }

  private async look(file: File): Promise<void> {
    const canvas = this.part<HTMLCanvasElement>("picture");
    if (!canvas) return;
    const picture = await createImageBitmap(file);
    // A photograph of a phone is larger than any model looks at.
    if (file.size > mostBytes || Math.max(picture.width, picture.height) > mostSide) {
      draw(canvas, picture, mostSide);
      const smaller = await new Promise<Blob | null>((done) => {
        canvas.toBlob(done, "image/jpeg", 0.9);
      });
      if (smaller) give(this.input, smaller, "picture.jpg");
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
    const clock = this.part("clock");
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

document.addEventListener("htmx:after:swap", underlay);

class SenseForm extends HTMLElement {
  private readonly chosen: Chosen[] = [];

  connectedCallback(): void {
    if (this.chosen.length > 0) return;
    for (const place of this.querySelectorAll<HTMLElement>("[data-for]")) {
      const input = this.querySelector<HTMLInputElement>(`#${CSS.escape(place.dataset["for"] ?? "")}`);
      if (input) this.chosen.push(new Chosen(this, input, place));
    }
  }
}

customElements.define("sense-form", SenseForm);
