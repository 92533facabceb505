"""The sections of a derivation: numbers from the module of the same name above, prose from its template."""
