"""The document and catalogue ports on one SQLite file, for one machine.

database.py      one writer thread, a few readers; what may be believed after a commit
failures.py      SQLite's words -> our errors
expressions.py   dotted paths and conditions -> SQL
documents.py     SqliteDocuments
schema.py, rows.py, listing.py, staging.py, statements.py, reading.py, catalogue.py      SqliteCatalogue, in that order
"""
