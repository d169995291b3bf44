"""citrate.toml: all that a publisher says of a model, with its schema."""
