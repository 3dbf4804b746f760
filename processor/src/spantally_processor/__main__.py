"""`python -m spantally_processor` is the command `spantally`."""

from spantally_processor.cli import main

if __name__ == "__main__":  # a child process imports this file again
    main(prog_name="spantally")
