"""The screen. It follows a journal and posts wishes; it knows no rule and touches no instrument."""
