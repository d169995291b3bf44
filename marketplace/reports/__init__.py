"""What people report, and what the owner of what was decided is told and may ask."""
