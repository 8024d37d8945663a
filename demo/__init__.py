"""The demonstration: real items, a fixed crowd of simulated workers, the whole story by HTTP."""
