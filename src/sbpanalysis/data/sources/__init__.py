"""One reader a publisher: published layout in, tidy contract out, everything unknown refused."""
