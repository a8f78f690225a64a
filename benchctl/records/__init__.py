"""Records: journals and the ledger in, documents out. Nothing here writes to a journal, a ledger or an instrument."""
