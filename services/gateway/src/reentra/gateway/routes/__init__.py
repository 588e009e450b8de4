"""HTTP, a file per resource. Routes translate: requests into one operation's arguments, its result into JSON."""
