"""Snapshots are SVG files; this release of the plug-in says so to an older syrupy only, and would name them `.raw`."""

from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]

SVGImageExtension.file_extension = "svg"
