"""Who may do what: the door for whoever speaks for a person, and the rules that are judged there."""
