"""What the numbers mean: change, trend, season, signals, comparison, outlook."""
