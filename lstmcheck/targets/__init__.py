"""Other people's implementations: how they are loaded and called, and what is asked of them."""
