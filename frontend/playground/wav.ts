// Sound as a WAV file of one channel and 16,000 samples a second: what models that listen take.
export const rate = 16_000;

/** Write samples from -1 to 1 as 16-bit PCM. */
export function wavOf(samples: Float32Array): Blob {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (at: number, said: string): void => {
    for (let i = 0; i < said.length; i += 1) view.setUint8(at + i, said.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  for (let i = 0; i < samples.length; i += 1) {
    const level = Math.max(-1, Math.min(1, samples[i] ?? 0));
    view.setInt16(44 + i * 2, Math.round(level * 32_767), true);
  }
  return new Blob([view.buffer], { type: "audio/wav" });
}

/** Read whatever sound the browser knows, at most `most` seconds of it. */
export async function asWav(sound: Blob, most: number): Promise<Blob> {
  const context = new OfflineAudioContext(1, 1, rate);
  const read = await context.decodeAudioData(await sound.arrayBuffer());
  const seconds = Math.min(read.duration, most);
  const mixed = new OfflineAudioContext(1, Math.max(1, Math.floor(seconds * rate)), rate);
  const source = mixed.createBufferSource();
  source.buffer = read;
  source.connect(mixed.destination);
  source.start();
  return wavOf((await mixed.startRendering()).getChannelData(0));
}
