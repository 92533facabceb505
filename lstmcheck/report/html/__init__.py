"""Blocks of a report as HTML."""
