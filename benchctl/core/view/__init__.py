"""What the journal looks like to people: a fold of its rows, and the words for them."""
