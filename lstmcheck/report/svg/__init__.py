"""Charts as inline SVG: coloured by the page's style, named for screen readers."""
