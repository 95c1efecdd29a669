"""What drives us from outside: HTTP, the command line and the server process."""
