"""What holders do with what they bought: download, verify, run on their own machine or on an engine of theirs."""
