"""What stands behind the ports: the outside world, driven by us."""
