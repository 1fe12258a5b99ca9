#!/usr/bin/env python3
"""The one way in. Kept so plain that an old Python can read it and say what is missing."""

import sys

if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit("Python 3.11 or newer is needed; this is Python %d.%d." % sys.version_info[:2])
    from workspace.bootstrap import main

    main()
