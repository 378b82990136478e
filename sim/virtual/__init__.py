"""Virtual time: two fillings of core/runtime.py, and running on them."""
