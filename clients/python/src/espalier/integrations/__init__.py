"""What lets other libraries work with Espalier: a module each, which needs the library of its name."""
