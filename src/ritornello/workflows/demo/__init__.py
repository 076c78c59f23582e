"""The demo's story: one song, its people, their answers, one remix, one month of plays, everybody's statement.

Everything here is data and sequence; what is decided is decided by the rooms. The dates are fixed (June to August
2026), so that the story is the same on every day it is told, and telling it twice doubles nothing.
"""
