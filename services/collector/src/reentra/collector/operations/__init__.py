"""The collector's verbs: `run_backup` and the steps it is made of."""
