"""The vault: secrets of others, sealed at rest."""
