"""Who owns what, since when, and what came from what.

A recording is a performance of works; a share says who owns how much of a right in it, where, between which days, and
since when we know; an edge says that a derivative came from a parent under a licence. The room records and adds up. It
never decides what is allowed.
"""
