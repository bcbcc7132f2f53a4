"""Model calls arrive: the gateway that agents reach by changing one base URL."""
