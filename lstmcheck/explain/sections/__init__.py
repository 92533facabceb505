"""The sections of a derivation: each turns numbers into sentences, equations and tables."""
