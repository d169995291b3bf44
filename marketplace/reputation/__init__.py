"""What sellers and reviewers have earned, by a formula that anybody can compute."""
