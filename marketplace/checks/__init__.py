"""What is checked before a model is listed, by tasks, and what was found: buyers read it too."""
