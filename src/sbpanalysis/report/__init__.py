"""How the numbers are told: claims, sentences, charts, tables, disclosure."""
