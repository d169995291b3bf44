"""Ids as the database has them."""


def model_of_pass(pass_id: int) -> str:
    """Return the model id that an ERC-1155 id stands for."""
    return f"0x{pass_id:064x}"
