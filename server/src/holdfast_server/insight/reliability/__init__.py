"""How well agents do what they are for: metrics, objectives and their error budgets."""
