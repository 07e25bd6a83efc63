"""How the synthetic sample is made, which `data/sample.zip` holds."""
