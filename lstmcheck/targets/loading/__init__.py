"""A target's file on its way to functions: modules, scripts, notebooks."""
