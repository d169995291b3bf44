// A conversation follows its newest words, until its reader scrolls up; then a button leads back to them.
const near = 32; // px from the end that count as the end

export class Follower {
  private follows = true;
  private at = 0; // px from the top, as it was last seen

  constructor(
    private readonly scroller: HTMLElement,
    private readonly button: HTMLElement,
  ) {
    scroller.addEventListener("scroll", this.onScroll, { passive: true });
    button.addEventListener("click", this.onClick);
  }

  /** Follow again: something was asked. */
  follow(): void {
    this.follows = true;
    this.at = 0;
    this.grown();
  }

  /** The conversation has grown. */
  grown(): void {
    this.look(); // the event of a reader's scrolling comes a moment after it
    if (this.follows) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.at = this.scroller.scrollTop;
    this.button.hidden = this.follows || this.left <= near;
  }

  private get left(): number {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
  }

  /** Whoever scrolls up stays there, however short the way, and whoever comes near the end again follows. */
  private look(): void {
    const top = this.scroller.scrollTop;
    if (top < this.at - 1 && this.left > 1) this.follows = false;
    else if (top > this.at && this.left <= near) this.follows = true;
    this.at = top;
  }

  private onScroll = (): void => {
    this.look();
    this.button.hidden = this.follows || this.left <= near;
  };

  private onClick = (): void => {
    this.follow();
    this.scroller.focus({ preventScroll: true });
  };
}
