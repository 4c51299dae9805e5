"""The index on disk: what is indexed, how it is built, how it is opened.

Everything in it can be made again from the library; nothing of a user's is kept only here.
"""
