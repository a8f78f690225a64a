"""The decisions of one run: positions, batteries, limits, the common scan, the plan of the night."""
