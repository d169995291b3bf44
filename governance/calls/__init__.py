"""What an action of a proposal means: its sentence, its effect in figures, and what the chain would make of it now."""
