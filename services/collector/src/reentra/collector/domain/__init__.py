"""The collector's rules: merging what delta says, choosing what to read, judging the result. Pure."""
