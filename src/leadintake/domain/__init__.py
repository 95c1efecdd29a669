"""The rules of lead intake as plain values: no I/O, no clock, no framework."""
