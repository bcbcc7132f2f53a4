"""Engines, one folder a port; a URL's scheme picks one."""
