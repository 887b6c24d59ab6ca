"""`python -m router.cli` is `fungible`."""

from router.cli import main

if __name__ == "__main__":
    main()
