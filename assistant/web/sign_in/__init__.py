"""Who may use the page when it listens for others: people, sign-in, sessions, and what is whose.

``setup`` reads the settings and refuses an unsafe start, ``door`` is what is open then, ``gate``
stands before everything and lets nobody in unseen, ``routes`` and ``pages`` are what a person sees
before they are in. Nothing here knows about answers.
"""
