"""Lines of JSON as columns, without loss: what many objects have in common is written once.

1. `trees` walks the values of all lines side by side, to one column per place in the tree that they have in common.
2. `strings` finds the shortest form of a column: one value, few values, digits, numbers, or what another column of the
   same rows says already (an address that contains the nickname, a security identifier that follows from the id).
3. `streams` keeps apart what compresses differently.
4. `reference` joins these; `native` does all of it in native code, where that was built.

Reading puts the text of the lines together again without making values of it. Promised: what is read is what was
written, byte for byte, for canonical JSON; whoever writes compares, because it costs less than to be wrong. Not
promised: that the same values always give the same columns (a later version may find better ones).
"""
