"""The simulated fillings of core/driver.py."""
