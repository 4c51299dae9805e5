"""The places "Topics" and "Library"."""
