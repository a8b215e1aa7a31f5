"""`headerkit` and `python -m headerkit` are the command `headerkit-backend`."""

import sys

from headerkit_backend.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
