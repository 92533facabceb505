"""From references to verdicts: what is measured, how it is judged, what a report holds."""
