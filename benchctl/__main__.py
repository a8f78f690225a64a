"""`python -m benchctl`: the same as the command `benchctl`."""

from benchctl.cli.main import main

if __name__ == "__main__":
    main()
