"""Publishing: drafts, the wizard that fills them, and the one transaction that lists them."""
