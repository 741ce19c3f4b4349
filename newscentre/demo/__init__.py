"""The demo newsroom: invented outlets, served on the loopback."""
