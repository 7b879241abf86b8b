"""``python -m survey_engine``."""

import sys

from survey_engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
