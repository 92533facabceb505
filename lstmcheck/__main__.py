"""`python -m lstmcheck`."""

from lstmcheck.cli import main

main()
