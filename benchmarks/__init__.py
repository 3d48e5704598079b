"""Measures the budgets of DESIGN §12, as ratios wherever a ratio is given."""
