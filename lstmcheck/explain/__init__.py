"""The derivation with a configuration's own numbers, and how far gradients survive over time.

`step`, `inputs`, `gates`, `weights` and `carousel` compute numbers; the module of that name in `sections`
makes tables of them, and `templates` hold the prose. `report` renders the whole, `cli` prints it.
"""
