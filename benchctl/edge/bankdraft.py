"""A bank on its way to its file, entered at the screen or by `benchctl bank new`: what is stated, and the file's text.

Groups are made in the order in which the batteries stand: so many neighbours share one, called A, B, and so on.
"""
