"""The place "For trainers"."""
