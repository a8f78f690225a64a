"""The guard: parent of the engine. It sees that turns complete; else it ends the engine and proves every output off."""
