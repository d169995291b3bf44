import { strict as assert } from "node:assert";
import { test } from "node:test";
import { asWav, rate, wavOf } from "../playground/wav";

async function read(wav: Blob): Promise<DataView> {
  return new DataView(await wav.arrayBuffer());
}

function words(view: DataView, at: number, length: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, at, length));
}

function levels(view: DataView): number[] {
  return Array.from({ length: (view.byteLength - 44) / 2 }, (_, i) => view.getInt16(44 + i * 2, true));
}

test("its header says what it is: one channel of 16-bit samples, as many as there are", async () => {
  const wav = wavOf(new Float32Array(5));
  const view = await read(wav);
  assert.equal(wav.type, "audio/wav");
  assert.equal(view.byteLength, 54);
  assert.deepEqual([words(view, 0, 4), words(view, 8, 8), words(view, 36, 4)], ["RIFF", "WAVEfmt ", "data"]);
  assert.deepEqual([view.getUint32(4, true), view.getUint32(16, true), view.getUint32(40, true)], [46, 16, 10]);
  const [form, channels, width, bits] = [20, 22, 32, 34].map((at) => view.getUint16(at, true));
  assert.deepEqual([form, channels, width, bits], [1, 1, 2, 16]);
  assert.deepEqual([view.getUint32(24, true), view.getUint32(28, true)], [rate, rate * 2]);
});

test("samples are whole numbers, and what is too loud is cut instead of turned over", async () => {
  const view = await read(wavOf(Float32Array.of(0, 0.5, -0.5, 1, -1, 7, -7, NaN)));
  assert.deepEqual(levels(view), [0, 16_384, -16_383, 32_767, -32_767, 32_767, -32_767, 0]);
});

test("no samples are a file without any", async () => {
  assert.equal((await read(wavOf(new Float32Array(0)))).byteLength, 44);
});

/** What a browser does with sound, as far as it is asked here: it knows how long one is, and plays it into samples. */
function browserThatHears(seconds: number): { made: number[][] } {
  const made: number[][] = [];
  class Context {
    destination = {};
    constructor(
      channels: number,
      private readonly length: number,
      at: number,
    ) {
      made.push([channels, length, at]);
    }
    decodeAudioData = async (bytes: ArrayBuffer): Promise<object> => {
      if (bytes.byteLength === 0) throw new DOMException("nothing", "EncodingError");
      return { duration: seconds };
    };
    createBufferSource = (): object => ({ connect: () => null, start: () => null });
    startRendering = async (): Promise<object> => ({ getChannelData: () => new Float32Array(this.length).fill(0.25) });
  }
  Object.defineProperty(globalThis, "OfflineAudioContext", { value: Context, configurable: true });
  return { made };
}

test("a sound becomes samples of its length, and no more than may be sent", async () => {
  const { made } = browserThatHears(0.5);
  const half = levels(await read(await asWav(new Blob(["sound"]), 119)));
  assert.deepEqual([half.length, half[0]], [8_000, 8_192]);
  assert.deepEqual(made.at(-1), [1, 8_000, rate]);
  browserThatHears(300);
  assert.equal((await asWav(new Blob(["sound"]), 2)).size, 44 + 2 * rate * 2);
});

test("a sound of no length is one sample, and what is no sound is refused", async () => {
  browserThatHears(0);
  assert.equal((await asWav(new Blob(["sound"]), 119)).size, 46);
  await assert.rejects(asWav(new Blob([]), 119));
});
