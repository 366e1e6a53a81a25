"""``python -m brianhw`` is ``brianhw``."""

from brianhw.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
