"""A questionnaire proposed from an export nobody has described: facts, questions, draft.

`facts` says what stands in each column, `questions` what the file cannot tell and a person
has to (five at most), `build` makes the instrument from both.
"""
