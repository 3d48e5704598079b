"""Ways to reach people: one module each, named like the channel's type."""
