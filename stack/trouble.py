"""The one error that reaches the person at the keyboard."""


class Trouble(Exception):  # noqa: N818  it is printed as it is: a sentence, not a class name
    """Something only that person can put right. The message is one plain sentence that says what and how."""
