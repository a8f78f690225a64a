"""The engine: the loop that feeds the core, keeps the journal and lets machines act. It decides nothing itself."""
