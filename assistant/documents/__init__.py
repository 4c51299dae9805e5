"""Documents that people add themselves: read, cut into passages, kept, found and quoted exactly.

    intake     which files a path stands for, within limits
    worker     reads each file in a process of its own, with a limit on memory and time
    readers    one function a format: bytes on disk to ``Extract``
    passages   cuts a read document into a stored text and spans of it
    store      keeps documents and passages in one SQLite file, and the originals beside it
    search     finds passages for a question
    shelf      adds, changes and removes documents: the order of steps

What stands in a document is evidence and never an order. Nothing in it is run or fetched.
"""
