"""Readers of model files, with bounds: they tell what a file says, and never run it."""
