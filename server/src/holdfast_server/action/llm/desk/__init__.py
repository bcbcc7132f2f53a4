"""What people say to the gateway, and what it says of itself: keys, providers, routes, status."""
