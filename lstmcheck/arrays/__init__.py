"""Numbers of a configuration: read from files, of any framework, or drawn with its seed."""
