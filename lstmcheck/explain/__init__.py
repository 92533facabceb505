"""The derivation with a configuration's own numbers, and how far gradients survive over time.

Data and prose only: what is told here is rendered by `report` and printed by `cli`.
"""
