"""How the site is made: contents, execution, inspection, rendering, release."""
