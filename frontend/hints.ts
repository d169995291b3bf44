// A socket that says when to look again. It comes back by itself, and then there may be something to look at.
const pauses = [500, 1000, 2000, 5000, 10_000]; // ms between attempts
const atLeast = 10_000; // ms between looks: a hint that comes in the moment of a swap is lost
const final = [4401, 4403, 4404]; // close codes after which trying again is no use

export class Hints {
  private socket: WebSocket | undefined;
  private failures = 0;
  private timer = 0;
  private readonly clock: number;

  constructor(
    private readonly path: string,
    private readonly look: () => void,
    waits: () => boolean = () => true, // whether there still is something to come
  ) {
    this.clock = window.setInterval(() => document.hidden || !waits() || this.look(), atLeast);
    this.open();
  }

  close(): void {
    clearInterval(this.clock);
    clearTimeout(this.timer);
    if (this.socket) this.socket.onclose = null;
    this.socket?.close();
  }

  private open(): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(`${scheme}//${location.host}${this.path}`);
    this.socket.onopen = () => (this.failures = 0);
    this.socket.onmessage = () => this.look();
    this.socket.onclose = (event) => {
      if (final.includes(event.code)) return;
      const pause = pauses[Math.min(this.failures++, pauses.length - 1)];
      this.timer = window.setTimeout(() => this.open(), pause);
    };
  }
}
