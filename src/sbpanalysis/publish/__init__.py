"""How the site is made: contents, execution, inspection, rendering, release."""

import sys

# jsonschema, behind nbformat, would build this grammar of addresses, for a second of processor
# in each process, and use it for nothing that a notebook's schema asks
sys.modules.setdefault("rfc3987_syntax", None)
