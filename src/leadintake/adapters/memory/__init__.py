"""The ports in memory: honest transactions without a file or a server, for test suites and demonstrations."""
