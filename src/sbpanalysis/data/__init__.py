"""Where the numbers come from: published files, read strictly, kept with their origin."""
