"""Tasks, a file each: ``FACTS`` says what it is, ``run`` measures a space.

The file is found by its name: ``sheet_retrieval.py`` is the task ``sheet-retrieval``.
"""
