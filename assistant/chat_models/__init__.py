"""A chat model, where one is set: its address and key, opening it, calling it, what it costs.

The words of all this are in ``records``; nothing outside this folder names a provider's package.
"""
