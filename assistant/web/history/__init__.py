"""Conversations that are kept in the browser."""
