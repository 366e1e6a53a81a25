"""What a script has done, so that ``device.run`` can do it again with other values."""
