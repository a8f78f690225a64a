"""How instruments are spoken to: templates and grammars out of `instruments/`, and the conversations made of them."""
