"""benchctl: a charging and balancing bench controller for LiFePO4 batteries."""

__version__ = "0.1.0"
