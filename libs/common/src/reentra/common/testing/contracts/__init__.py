"""What every adapter of a port promises, written once. A test module inherits the suite and gives its fixture."""
