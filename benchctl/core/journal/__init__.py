"""Rows and their chain: how every message becomes plain JSON, and how nothing can change unseen."""
