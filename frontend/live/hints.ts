// A socket that says when to look again. It comes back by itself, and then there may be something to look at.
const pauses = [500, 1000, 2000, 5000, 10_000]; // ms between attempts
const final = new Set([4401, 4403, 4404]); // close codes after which trying again is no use

export class Hints {
  private socket: WebSocket | undefined;
  private failures = 0;
  private timer = 0;
  private ended = false;

  constructor(
    private readonly path: string,
    private readonly hint: (said: unknown) => void,
    private readonly missed: () => void, // the line went, or is back: something may have been said meanwhile
  ) {
    this.open();
  }

  /** Have a socket that lives: a wait for the next attempt ends; after a sleep, what looks open may be dead. */
  wake(long: boolean): void {
    const lives = this.socket?.readyState === WebSocket.OPEN || this.socket?.readyState === WebSocket.CONNECTING;
    if (this.ended || (lives && !long)) return;
    this.drop();
    this.failures = 0;
    this.open();
  }

  /** Whether hints are lost at present, and will come again. */
  get isDeaf(): boolean {
    return !this.ended && this.socket?.readyState !== WebSocket.OPEN;
  }

  close(): void {
    this.ended = true;
    this.drop();
  }

  private drop(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = undefined; // what it still says is not for us
    socket?.close();
  }

  private open(): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.path}`);
    this.socket = socket;
    socket.onopen = () => {
      if (this.failures) this.missed();
      this.failures = 0;
    };
    socket.onmessage = (event) => socket === this.socket && this.hint(parsed(event.data));
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      if (final.has(event.code)) this.ended = true;
      if (this.ended) return;
      if (this.failures === 0) this.missed();
      const pause = pauses[Math.min(this.failures++, pauses.length - 1)];
      this.timer = window.setTimeout(() => this.open(), pause);
    };
  }
}

function parsed(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined; // it is a hint all the same
  }
}
