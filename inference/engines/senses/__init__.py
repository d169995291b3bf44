"""What reads pictures and sound, and speaks: one process a kind, begun when somebody asks, ended when nobody does."""
