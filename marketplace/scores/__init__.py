"""Reviews and what follows from them: who may write one, what it weighs, the score."""
