"""`python -m vidcolor`."""

from vidcolor.cli.main import main

main()
