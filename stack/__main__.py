"""`python3 -m stack COMMAND`: what the Makefile calls. Any Python can start it; an old one gets a sentence."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  the very Python that this refuses runs it
    sys.exit(f"Citrate needs Python 3.11 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}.")

from stack.commands import main  # only a new enough Python can read it

sys.exit(main(sys.argv[1:]))
