"""Where records rest: the only SQLAlchemy imports, migrations, the unit of work, and blobs."""
