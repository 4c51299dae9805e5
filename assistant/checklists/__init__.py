"""Checklists for managers, and what a draft of theirs says on each row.

    records     rows, concerns, what was chosen, what was found in a draft, what is in place
    reading     reads and checks corpus/checklists and corpus/concerns.yaml
    choosing    the rows for a stage, a setting and a country
    citing      the notes that rows rest on, as numbered citations
    drafts      a draft as spans of its exact words, read with the readers of added documents
    kinds       which kind of document a draft is
    claims      what a row asks for, without who says so
    matching    whether a span says what an example says, token by token
    comparing   how near each span lies to each row: what the verdicts are made of
    verdicts    met, unclear, absent or contradicts, row by row
    worries     wording that invites trouble
    guidance    all of that for one draft
    opening     reads and prepares what checks drafts
    filled      a checklist that people have filled in
    readiness   strengths and gaps by stage, and two dates compared
    drawing     the same as a picture
    papers      each of these as a paper to export

A check of a draft proposes; a person confirms. Nothing here knows the command line or the page.
"""
