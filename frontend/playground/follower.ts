// A conversation follows its newest words, until its reader scrolls up; then a button leads back to them.
const near = 32; // px from the end that count as the end

export class Follower {
  private follows = true;
  private at = 0; // px from the top to which it has followed

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
    // The event of a reader's scrolling up comes a moment after it.
    if (this.scroller.scrollTop < this.at - 1 && this.left > near) this.follows = false;
    if (this.follows) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.at = this.scroller.scrollTop;
    this.button.hidden = this.follows || this.left <= near;
  }

  private get left(): number {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
  }

  private onScroll = (): void => {
    this.follows = this.left <= near;
    this.button.hidden = this.follows;
  };

  private onClick = (): void => {
    this.follow();
    this.scroller.focus({ preventScroll: true });
  };
}
