"""The form of what comes in and goes out; nothing is looked up here."""
