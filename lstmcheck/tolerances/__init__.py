"""Every number that decides what agrees with what, or how far is searched, each with its derivation or the
measurement behind it.

They lie below everything else: the references, the judge, the targets and the diagnosis all ask here.
"""
