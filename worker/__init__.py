"""For time: the schedules that poll, refresh and prune."""
