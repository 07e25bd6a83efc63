"""`python -m sbpanalysis` is the command `sbp`."""

from sbpanalysis.cli import main

if __name__ == "__main__":
    main()
