"""What people see and press: listeners, forms, cards, notices, and the one writer to Slack."""
