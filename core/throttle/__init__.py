"""Who may go next: pure policies, the same in production and in the lab."""
