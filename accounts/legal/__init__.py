"""The terms and the privacy notice: their versions, and who has accepted which by a signature."""
