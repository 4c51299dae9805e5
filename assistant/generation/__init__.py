"""Lets a chat model put the summary into its own words, and shows only what the evidence bears out.

    prompt_files  the prompts, as files with a version and checked places
    fencing       evidence under short keys, fenced so that its text cannot pass as an instruction
    replies       claims out of a reply, as it streams in
    rules         what holds of a summary as a whole, beside what the gate finds in each claim
    drafts        the draft with the new summary, its citations numbered afresh
    second_opinions  another model that has to agree with the gate, where one is set
    writing       the order of it all: ask, check, send back once, or leave the draft as it was
    asking        a follow-up made to stand alone, other words for a search, evidence read closely

The steps before and after are the pipeline's, and the same with and without a model.
"""
