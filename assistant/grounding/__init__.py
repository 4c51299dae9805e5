"""The gate: may a sentence that a chat model wrote be shown, given the evidence that it names?"""
