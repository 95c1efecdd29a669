"""`make bench`: the product's own server under load, as ratios to limits that are measured in the same run.

A number of leads per second says as much about the machine as about the product. So each round measures, one right
after the other, what the database could do at best, what a bare Flask view could do under the same server, and what
the product does; noise then meets all three alike, and their ratio is what can be trusted.
Source: docs/performance.md.
"""
