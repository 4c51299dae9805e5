"""The place where people ask: conversation, tools under an answer, marking it."""
