"""The independent witness: computes the acceptance record from the journal alone, sharing no code with `run`."""

from benchctl.core.acceptance.record import NoRecord, assess, digest_of

__all__ = ["NoRecord", "assess", "digest_of"]
