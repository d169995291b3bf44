"""What people say below listings and proposals, and what they follow."""
