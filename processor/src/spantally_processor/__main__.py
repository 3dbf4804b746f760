"""`python -m spantally_processor` is the command `spantally`."""

from spantally_processor.cli import main

main(prog_name="spantally")
