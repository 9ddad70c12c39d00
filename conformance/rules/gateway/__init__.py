"""What a gateway makes of its upstream's stream.

A rule of this folder reads both sides of one exchange: what the upstream wrote, and what the client of the gateway
read. `conformance gateway` records such pairs; a recording of one side alone is passed over.
"""
