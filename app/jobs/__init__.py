"""Time and work: who schedules, what is queued, and who does it."""
