"""Builds exercises for trainers from situations, and tells a learner what an answer touched.

    records     a situation as it is kept: a made-up story, decisions, answers that rest on notes
    reading     reads situations and checks them against the library
    request     what a trainer asks for, checked: nothing is guessed in silence
    details     the trainer's own names and place, as plain text in the story
    building    sentences of ours: openings, ways of working, what to say instead of a hurtful word
    choosing    which situation, questions and debate; the same seed, the same choice
    deciding    who decides at a stage, and whom it is about
    timetable   minutes that add up
    exercise    an exercise in no format
    kitchen     what exercises are made with, read once
    retelling   whether a reworded piece still tells the same story
    rewording   the pieces of one exercise that a model reworded, and how many were kept as written
    compose     puts one together; every factual line keeps the notes that it rests on
    papers      an exercise as papers: one for the facilitator, one for learners
    feedback    per line of the rubric what a free answer touched; never a grade
    spans       the parts of an answer that may make a point, and what is measured of them
    course      several exercises with a reading list, an outline of slides and an evaluation form
    slides      that outline as slides
    files       exercises and courses as files, in every format

Nothing here searches or knows a chat model: there is one place (``Varier``) where a model may
reword the story, and the story alone; ``assembly`` puts one there where it is set.
"""
