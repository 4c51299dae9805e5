"""Documents that people add themselves: read, cut into passages, kept, found and quoted exactly.

    shelf      adds, changes and removes documents: the order of steps
    intake     which files a path stands for, within limits (``archives``, ``printable``)
    worker     reads each file in a process of its own, with a limit on memory and time
    readers    one function a format: bytes on disk to ``Extract``
    passages   cuts a read document into a stored text and spans of it
    metadata   what a document says of itself (``front_matter``, ``dates``)
    references bibliographic lists: BibTeX, RIS, CSL-JSON
    likeness   near duplicates and editions
    store      keeps documents and passages in one SQLite file, and the originals beside it
    search     finds passages for a question
    currency   review dates, retractions
    backup     everything that was added as one file, and back
    states     what changed between two moments, and which saved answers rest on it
    pictures   pages of a PDF as pictures, and where words stand on them

What stands in a document is evidence and never an order. Nothing in it is run or fetched.
"""
