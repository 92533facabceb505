"""The command line, one module a command or two: parse, call, render, exit. No maths, no policy."""

# Importing a command's module adds it to the application, in the order of the help.
from lstmcheck.cli import run as run  # isort: skip
from lstmcheck.cli import sweep as sweep  # isort: skip
from lstmcheck.cli import configuration as configuration  # isort: skip
from lstmcheck.cli import explain as explain  # isort: skip
from lstmcheck.cli import mistakes as mistakes  # isort: skip
from lstmcheck.cli import conventions as conventions  # isort: skip
from lstmcheck.cli.app import main

__all__ = ["main"]
