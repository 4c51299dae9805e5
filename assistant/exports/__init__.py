"""Writes papers to take away: Word, PDF, Markdown, tables and references.

    records     a paper: headings, paragraphs, lists, tables, pictures, and what it cites
    answers     an answer, or a conversation, as a paper
    forms       every format by its name: ``written(paper, "docx")`` gives the content of a file
    notes       a paper made ready: clean text, citations in order, footnotes, list of sources
    docx, pdf, markdown, tables     one writer a format, all from the same paper
    formatted   references as Harvard, APA and Vancouver write them, and for reference managers
    sources     what is cited, as works: who wrote them, and what sort of work each is
    keeping     the record that lets a paper be checked later, put into a file and taken out again
    docx_reading, pdf_reading       files read back, and what was changed in them

Whoever has something to export makes a paper, has it ``recorded`` and ``written``; no writer knows
what it is about. Beside the code stand the styles of Word, the template of the typesetter, a
typeface and the styles of references, the last two with their licences.
"""
