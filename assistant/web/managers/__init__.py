"""The place "For managers"."""
