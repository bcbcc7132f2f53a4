"""How often the ranking of evidence names the step that people called decisive."""
