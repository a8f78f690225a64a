"""Planning a bank: from what is wanted or at hand to configurations, and from a configuration to its wiring. Pure."""
