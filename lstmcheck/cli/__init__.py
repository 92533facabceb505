"""The command line: `commands` declares what can be typed, the other modules do it. No maths, no policy."""

from lstmcheck.cli import commands as commands  # adds them to the application
from lstmcheck.cli.app import main

__all__ = ["main"]
