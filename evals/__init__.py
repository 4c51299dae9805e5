"""Measures how well the assistant searches, screens and answers; see evals/README.md."""
