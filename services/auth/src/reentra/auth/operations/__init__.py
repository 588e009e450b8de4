"""The verbs: connect, consent, hand out tokens, sign in. The Protocols they need stand at the top of each."""
