"""Who may do what: the doors for everything that speaks for a person, and the rules that are judged there."""
