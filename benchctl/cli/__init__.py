"""Words to processes: one file for each group of commands, loaded when it is asked for. `main` knows them all."""
