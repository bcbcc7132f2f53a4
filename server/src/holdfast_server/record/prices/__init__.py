"""Prices as this server has them: own ones before the shipped, and history at the prices of today."""
