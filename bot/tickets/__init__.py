"""A ticket's life: its rows, its states, the run that carries it out, and what Slack still has to be told."""
