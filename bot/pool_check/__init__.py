"""A check of a whole pool: everybody is read once, part by part, and what is found is counted.

- `checks` is a check's row: who asked for it, how it stands, how it ends. Any replica works on any of them.
- `parts` divides the users by the beginning of their ``sub``; a part counts only as a whole, so that a check goes on
  after a crash with the parts that are left.
- `reading` reads the parts side by side, and `spool` writes down what it has read: no list of users is in memory.
- `worker` is the thread that looks for checks to work on.
"""
