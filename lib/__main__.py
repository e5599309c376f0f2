"""python -m lib COMMAND …"""

import sys

from lib.cli.run import main

sys.exit(main(sys.argv[1:]))
