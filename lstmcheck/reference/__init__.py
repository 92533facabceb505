"""Derivatives without derivation: difference quotients and complex steps, each with its uncertainty."""
