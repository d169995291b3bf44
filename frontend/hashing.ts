// A worker that hashes what it is sent, a piece at a time: Uint8Array → "next", null → the sha256 in hex.
import { Sha256 } from "./downloads/sha256";

let hash = new Sha256();

self.onmessage = (event: MessageEvent<Uint8Array | null>) => {
  if (event.data) {
    hash.update(event.data);
    self.postMessage("next", { transfer: [] });
  } else {
    self.postMessage(hash.hex(), { transfer: [] });
    hash = new Sha256();
  }
};
