"""leadintake: a self-hosted lead-intake platform."""

__version__ = "0.1.0"
